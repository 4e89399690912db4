import { sql } from 'kysely'
import type { Db } from '../database.ts'
import type { Signals, Validators } from '../fetch/fetcher.ts'
import { assetFromRow, type AssetRow } from './assets.ts'
import type { Twin } from './images.ts'

/** An image that holds nothing yet, and how its catalogue would ask for it. */
interface Wanting {
  readonly id: string
  readonly urlDigest: string
  readonly terms: string
}

interface TwinRow {
  readonly id: string
  readonly asset: AssetRow
  readonly validators: Validators | null
  readonly signals: Signals | null
  readonly fetchedAt: Date
  readonly fetchedUrl: string | null
}

/** For each image the one most recently fetched from the same URL on the same terms, where there is one. */
export async function twinsOf(db: Db, wanting: readonly Wanting[]): Promise<ReadonlyMap<string, Twin>> {
  if (wanting.length === 0) return new Map()
  const { rows } = await sql<TwinRow>`
    select w.id, to_jsonb(assets) as asset, twin.validators, twin.signals, twin.fetched_at as "fetchedAt",
      twin.fetched_url as "fetchedUrl"
    from jsonb_to_recordset(${JSON.stringify(wanting)}::jsonb) as w(id uuid, "urlDigest" text, terms text)
    cross join lateral (
      select * from images other
      where other.normal_url_digest = w."urlDigest" and other.terms = w.terms and other.state = 'ready'
        and other.id <> w.id
      order by other.fetched_at desc limit 1) twin
    join assets on assets.id = twin.asset_id`.execute(db)
  return new Map(rows.map(({ id, ...row }) => [id, twinFromRow(row)]))
}

const twinFromRow = ({ asset, validators, signals, fetchedAt, fetchedUrl }: Omit<TwinRow, 'id'>): Twin => ({
  asset: assetFromRow(asset),
  validators: validators ?? {},
  signals: signals ?? undefined,
  fetchedAt,
  fetchedUrl,
})

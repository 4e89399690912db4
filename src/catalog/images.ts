import { sql } from 'kysely'
import type { Db, Tx } from '../database.ts'
import type { Validators } from '../fetch/fetcher.ts'
import { assetFromRow } from './assets.ts'
import type { Asset } from './asset.ts'
import type { Catalog } from './catalog.ts'
import { fromRow as catalogFromRow } from './catalogs.ts'
import type { Accepted, Failure, Image, Rejected } from './image.ts'
import { imageFromRow, noState } from './image-row.ts'
import type { AssetId, ImageId, ItemId } from './ids.ts'

/** An image about to be ingested, with all that decides how. */
export interface ToIngest {
  readonly image: Image
  readonly itemTitle: string
  readonly pageUrl: string | null
  readonly catalog: Catalog
  /** What it showed last, if we still hold that, with the validators to ask the source by. */
  readonly held: { readonly asset: Asset; readonly validators: Validators } | null
}

/** A held image of the same URL, in whatever item. */
export interface Twin {
  readonly asset: Asset
  readonly validators: Validators
  readonly fetchedAt: Date
}

/** What an arrangement decided for one image. */
export type Placement =
  | { readonly id: ImageId; readonly rank: number; readonly verdict: Accepted }
  | { readonly id: ImageId; readonly verdict: Rejected }

/** The images' table. What writes takes a transaction, and writes only if the image is still the one we set out for. */
export interface Images {
  findToIngest(id: ImageId): Promise<ToIngest | null>
  /** The most recently fetched image of the URL with this digest, but not `except` itself. */
  findTwin(normalUrlDigest: string, except: ImageId): Promise<Twin | null>
  hold(tx: Tx, image: Image, held: { assetId: AssetId; verdict: Accepted; validators: Validators; fetchedAt?: Date }): Promise<void>
  reject(tx: Tx, image: Image, rejected: { verdict: Rejected; assetId: AssetId | null; validators: Validators | null }): Promise<void>
  /** A held image stays in use, stale, with the failure noted; any other becomes `failed`. */
  fail(tx: Tx, id: ImageId, failure: Omit<Failure, 'failedAt'>): Promise<void>
  markGone(tx: Tx, id: ImageId): Promise<void>
  /**
   * Whether none of the item's images waits any more. Locks the item, so that of two workers that settle its last
   * two images one sees the other.
   */
  areSettled(tx: Tx, itemId: ItemId): Promise<boolean>
  ofItem(itemId: ItemId): Promise<readonly Image[]>
  place(tx: Tx, itemId: ItemId, placements: readonly Placement[]): Promise<void>
  /** Images refused as surplus before they were fetched become pending. */
  promote(tx: Tx, ids: readonly ImageId[]): Promise<void>
}

export function openImages(db: Db): Images {
  return {
    findToIngest: (id) => findToIngest(db, id),
    findTwin: (digest, except) => findTwin(db, digest, except),
    hold,
    reject,
    fail,
    markGone,
    areSettled,
    async ofItem(itemId) {
      const rows = await db.selectFrom('images').selectAll().where('item_id', '=', itemId).orderBy('position').execute()
      return rows.map(imageFromRow)
    },
    place,
    async promote(tx, ids) {
      await tx
        .updateTable('images')
        .set({ ...noState, state: 'pending' })
        .where('id', 'in', ids)
        .execute()
    },
  }
}

async function findToIngest(db: Db, id: ImageId): Promise<ToIngest | null> {
  const row = await db
    .selectFrom('images')
    .innerJoin('items', 'items.id', 'images.item_id')
    .innerJoin('catalogs', 'catalogs.name', 'items.catalog')
    .leftJoin('assets', 'assets.id', 'images.asset_id')
    .selectAll('images')
    .select(['items.title', 'items.catalog', 'items.external_id', 'catalogs.settings'])
    .select(sql<string | null>`items.sources -> 0 ->> 'url'`.as('page_url'))
    .select(sql<Record<string, unknown> | null>`to_jsonb(assets)`.as('asset'))
    .where('images.id', '=', id)
    .executeTakeFirst()
  if (!row) return null
  return {
    image: imageFromRow(row),
    itemTitle: row.title,
    pageUrl: row.page_url,
    catalog: catalogFromRow({ name: row.catalog, settings: row.settings }),
    held: row.asset ? { asset: assetFromRow(row.asset as never), validators: row.validators ?? {} } : null,
  }
}

async function findTwin(db: Db, digest: string, except: ImageId): Promise<Twin | null> {
  const row = await db
    .selectFrom('images')
    .innerJoin('assets', 'assets.id', 'images.asset_id')
    .selectAll('assets')
    .select(['images.validators', 'images.fetched_at'])
    .where('images.normal_url_digest', '=', digest)
    .where('images.state', '=', 'ready')
    .where('images.id', '<>', except)
    .orderBy('images.fetched_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row ? { asset: assetFromRow(row), validators: row.validators ?? {}, fetchedAt: row.fetched_at! } : null
}

/** The row, if it still is what we set out with. */
const unchanged = (tx: Tx, image: Image) =>
  tx.updateTable('images').where('id', '=', image.id).where('url', '=', image.url).where('version', '=', image.version)

const hold: Images['hold'] = async (tx, image, { assetId, verdict, validators, fetchedAt }) => {
  await unchanged(tx, image)
    .set({
      ...noState,
      state: 'ready',
      // Another picture at the same URL is another version, with another public address.
      version: sql`version + (asset_id is distinct from ${assetId})::int`,
      asset_id: assetId,
      rank: sql`coalesce(rank, position)`,
      score: verdict.score,
      kind: verdict.kind,
      verdict: JSON.stringify(verdict),
      validators: JSON.stringify(validators),
      fetched_at: fetchedAt ?? sql`now()`,
      updated_at: sql`now()`,
    })
    .execute()
}

const reject: Images['reject'] = async (tx, image, { verdict, assetId, validators }) => {
  await unchanged(tx, image)
    .set({
      ...noState,
      state: 'rejected',
      asset_id: assetId,
      verdict: JSON.stringify(verdict),
      validators: validators && JSON.stringify(validators),
      fetched_at: sql`now()`,
      updated_at: sql`now()`,
    })
    .execute()
}

const fail: Images['fail'] = async (tx, id, { stage, code, message }) => {
  const failure = { stage, code, message, failed_at: sql<Date>`now()`, updated_at: sql<Date>`now()` }
  const images = tx.updateTable('images').where('id', '=', id)
  await images.set({ ...failure, state: 'stale' }).where('state', 'in', ['ready', 'stale']).execute()
  await images
    .set({ ...noState, ...failure, state: 'failed' })
    .where('state', 'not in', ['ready', 'stale'])
    .execute()
}

const markGone: Images['markGone'] = async (tx, id) => {
  await tx
    .updateTable('images')
    .set({ ...noState, state: 'gone', gone_since: sql`now()`, updated_at: sql`now()` })
    .where('id', '=', id)
    .execute()
}

const areSettled: Images['areSettled'] = async (tx, itemId) => {
  await tx.selectFrom('items').select('id').where('id', '=', itemId).forUpdate().execute()
  const pending = await tx
    .selectFrom('images')
    .select('id')
    .where('item_id', '=', itemId)
    .where('state', '=', 'pending')
    .limit(1)
    .executeTakeFirst()
  return pending === undefined
}

const place: Images['place'] = async (tx, itemId, placements) => {
  // First nobody leads: at no moment may two.
  await tx.updateTable('images').set({ hero: false }).where('item_id', '=', itemId).where('hero', '=', true).execute()
  const rows = placements.map((placement) => ({
    id: placement.id,
    rank: 'rank' in placement ? placement.rank : null,
    hero: placement.verdict.accepted && placement.verdict.hero,
    verdict: placement.verdict,
  }))
  await sql`
    update images set
      state = case when not (p.verdict ->> 'accepted')::boolean then 'rejected'
                   when images.state = 'rejected' then 'ready' else images.state end,
      rank = p.rank, hero = p.hero, verdict = p.verdict
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as p(id uuid, rank integer, hero boolean, verdict jsonb)
    where images.id = p.id and images.item_id = ${itemId}
      and images.asset_id is not null and images.state in ('ready', 'stale', 'rejected')`.execute(tx)
}

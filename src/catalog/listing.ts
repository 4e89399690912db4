import { sql } from 'kysely'
import type { Db } from '../database.ts'
import { MagpieError } from '../errors.ts'
import { isId, type ImageId, type ItemId } from './ids.ts'

/** One line of a list of items. */
export interface ListedItem {
  readonly id: ItemId
  readonly externalId: string
  readonly title: string
  readonly images: Readonly<Record<string, number>>
  readonly hero: { readonly id: ImageId; readonly version: number } | null
  readonly failure: { readonly code: string; readonly message: string } | null
}

export interface Page<T> {
  readonly items: readonly T[]
  /** Opaque; null at the end. */
  readonly next: string | null
}

/** Items of a catalogue, newest first, by keyset: rows that come meanwhile neither repeat nor hide others. */
export async function listItems(
  db: Db,
  catalog: string,
  { cursor, limit }: { readonly cursor: string | null; readonly limit: number },
): Promise<Page<ListedItem>> {
  const after = cursor === null ? null : fromCursor(cursor)
  const { rows } = await sql<ListedItem & { at: string }>`
    select i.id, i.external_id as "externalId", i.title, i.failure,
      to_char(i.created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at,
      coalesce((select jsonb_object_agg(state, count) from
        (select state, count(*) as count from images where item_id = i.id group by 1) s), '{}') as images,
      (select jsonb_build_object('id', m.id, 'version', m.version) from images m
        where m.item_id = i.id and m.state in ('ready', 'stale') order by m.hero desc, m.rank limit 1) as hero
    from (
      select * from items where catalog = ${catalog}
        ${after ? sql`and (created_at, id) < (${after.at}::timestamptz, ${after.id}::uuid)` : sql``}
      order by created_at desc, id desc limit ${limit + 1}
    ) i order by i.created_at desc, i.id desc`.execute(db)
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, next: rows.length > limit && last ? toCursor(last) : null }
}

const toCursor = ({ at, id }: { at: string; id: string }) =>
  Buffer.from(JSON.stringify([at, id])).toString('base64url')

/** As `to_char` writes it above: what Date.parse takes beyond that, PostgreSQL may not. */
const moment = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/

function fromCursor(cursor: string): { at: string; id: string } {
  try {
    const [at, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [string, string]
    if (moment.test(at) && !Number.isNaN(Date.parse(at)) && isId(id)) return { at, id }
  } catch {
    // Not one of ours.
  }
  throw new MagpieError('input_invalid', 'The cursor is not one that a list has given.')
}

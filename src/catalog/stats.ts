import { sql } from 'kysely'
import type { Db } from '../database.ts'
import type { ImageState } from './image.ts'

/** One catalogue in numbers. */
export interface CatalogStats {
  readonly catalog: string
  readonly items: number
  /** Items whose sources could not be read. */
  readonly unreadable: number
  readonly images: Readonly<Record<ImageState['state'], number>>
  /** Of the pictures shown; null where there is none. */
  readonly averageScore: number | null
  readonly byteSize: number
}

export interface FailureCount {
  readonly catalog: string
  readonly stage: string
  readonly code: string
  readonly count: number
}

/** Totals by catalogue, and failures by reason, counted afresh. */
export interface Stats {
  catalogs(): Promise<readonly CatalogStats[]>
  failures(): Promise<readonly FailureCount[]>
}

export function openStats(db: Db): Stats {
  return { catalogs: () => catalogStats(db), failures: () => failures(db) }
}

async function catalogStats(db: Db): Promise<readonly CatalogStats[]> {
  const { rows } = await sql<CatalogStats>`
    select c.name as catalog, coalesce(i.items, 0) as items, coalesce(i.unreadable, 0) as unreadable,
      jsonb_build_object('pending', 0, 'ready', 0, 'stale', 0, 'rejected', 0, 'failed', 0, 'gone', 0)
        || coalesce(m.images, '{}') as images,
      m."averageScore", coalesce(b."byteSize", 0)::bigint as "byteSize"
    from catalogs c
    left join (
      select catalog, count(*) as items, count(*) filter (where failure is not null) as unreadable from items group by 1
    ) i on i.catalog = c.name
    left join (
      select catalog, jsonb_object_agg(state, count) as images,
        (sum(total) filter (where state = 'ready') / nullif(sum(count) filter (where state = 'ready'), 0))::float8 as "averageScore"
      from (
        select items.catalog, images.state, count(*) as count, sum(images.score) as total
        from images join items on items.id = images.item_id group by 1, 2
      ) by_state group by 1
    ) m on m.catalog = c.name
    left join (
      select catalog, sum(byte_size) as "byteSize" from (
        select distinct items.catalog, assets.id, assets.byte_size
        from images join items on items.id = images.item_id join assets on assets.id = images.asset_id
      ) held group by 1
    ) b on b.catalog = c.name
    order by c.name`.execute(db)
  return rows
}

async function failures(db: Db): Promise<readonly FailureCount[]> {
  const { rows } = await sql<FailureCount>`
    select items.catalog, images.stage, images.code, count(*) as count
    from images join items on items.id = images.item_id
    where images.state = 'failed' and images.failed_at is not null group by 1, 2, 3
    union all
    select catalog, 'discover', failure ->> 'code', count(*) from items where failure is not null group by 1, 2, 3
    order by 4 desc, 1, 2, 3`.execute(db)
  return rows
}

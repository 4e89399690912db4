import { sql, type RawBuilder } from 'kysely'
import type { Db } from '../database.ts'
import type { ItemId } from './ids.ts'
import { isWaiting } from './image-states.ts'

/** Whose work is followed: items that are read again, all of a catalogue that are, or those whose failures are retried. */
export type Followed =
  readonly ItemId[] | { readonly catalog: string } | { readonly retried: readonly ItemId[] }

/** How far the work on some items has come since a moment. */
export interface Progress {
  readonly items: number
  /** Items read and arranged since then, or that could not be read: none of their images waits. */
  readonly finished: number
  /** Those of them whose sources could not be read. */
  readonly unreadable: number
  /** Images that wait for their sources. */
  readonly waiting: number
  /** Images by state. */
  readonly images: Readonly<Record<string, number>>
  /** When the first of what failed is tried again by itself; null when nothing is. */
  readonly nextAttemptAt: Date | null
}

/** Counts afresh. */
export async function progressOf(db: Db, which: Followed, since: Date): Promise<Progress> {
  const { rows } = await sql<Progress>`
    with followed as (
      select items.id, discovered_at, arranged_at,
        (failure ->> 'at')::timestamptz as unread_at, (failure ->> 'nextAttemptAt')::timestamptz as read_again_at
      from items where ${itemsOf(which)}
    ), seen as (
      select images.state, ${isWaiting} as waits, count(*) as count, min(images.next_attempt_at) as next_attempt_at
      from images join followed on followed.id = images.item_id group by 1, 2
    )
    select
      (select count(*) from followed) as items,
      (select count(*) from followed where unread_at >= ${since} or ${isReadSince(which, since)}
        and arranged_at >= greatest(discovered_at, ${since})
        and not exists (select 1 from images where item_id = followed.id and ${isWaiting})) as finished,
      (select count(*) from followed where unread_at >= ${since}) as unreadable,
      (select coalesce(sum(count), 0)::bigint from seen where waits) as waiting,
      (select coalesce(jsonb_object_agg(state, count), '{}') from
        (select state, sum(count)::bigint as count from seen group by 1) s) as images,
      least((select min(read_again_at) from followed), (select min(next_attempt_at) from seen)) as "nextAttemptAt"`.execute(
    db,
  )
  return rows[0]!
}

function itemsOf(which: Followed): RawBuilder<unknown> {
  if ('catalog' in which)
    return sql`catalog = ${which.catalog} and status = 'active' and sources <> '[]'::jsonb`
  return sql`items.id = any(${'retried' in which ? which.retried : which}::uuid[])`
}

/** What is retried need not have been read anew: its images alone may have been asked for. */
const isReadSince = (which: Followed, since: Date) =>
  'retried' in which ? sql`true` : sql`discovered_at >= ${since}`

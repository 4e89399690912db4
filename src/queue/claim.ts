import { sql } from 'kysely'
import type { Db } from '../database.ts'
import { isWaiting, priorities, rowColumns, type JobRow } from './job-row.ts'

const soonestFirst = Object.values(priorities).sort((a, b) => b - a)

/** One claim of so many begins with the lowest priority. */
const turnOfTheLowest = 8

/**
 * Which priorities a process's claims ask for, in order. Mostly the greatest first; but every eighth claim of a kind
 * begins with the lowest, so a job that is first in its line is claimed by the eighth claim that finds it due, at the
 * latest if it is `idle`, and the greater ones can take at most seven eighths of the claims from it.
 */
export function priorityOrders(): () => readonly number[] {
  let claims = 0
  return () => (++claims % turnOfTheLowest === 0 ? soonestFirst.toReversed() : soonestFirst)
}

export interface Claim {
  readonly kind: string
  readonly worker: string
  readonly most: number
  readonly order: readonly number[]
  /** A worker that the others take to be dead for want of a heartbeat claims nothing. */
  readonly lostAfterMs: number
}

/**
 * Claims jobs that are due, the first of each line. Each priority is a range of the index that is read only as far as
 * it is needed, so it does not matter how many wait, or wait for later.
 */
export async function claim(
  db: Db,
  { kind, worker, most, order, lostAfterMs }: Claim,
): Promise<readonly JobRow[]> {
  const { rows } = await sql<JobRow>`
    with due as materialized (
      select line.id from unnest(${order}::int[]) as p(priority), lateral (
        select j.id from pgboss.job j
        where j.name = ${kind} and j.priority = p.priority and ${sql.raw(isWaiting('j'))} and j.start_after <= now()
        order by j.start_after limit ${most} for update skip locked
      ) line
      where exists (select from workers where id = ${worker}::uuid
        and seen_at > now() - ${lostAfterMs}::float8 * interval '1 millisecond')
      limit ${most}
    )
    update pgboss.job j set state = 'active', started_on = now(), retry_count = retry_count + 1, group_tier = ${worker}
    from due where j.name = ${kind} and j.id = due.id
    returning ${rowColumns}`.execute(db)
  const place = (row: JobRow) => order.indexOf(row.priority)
  return rows.toSorted((a, b) => place(a) - place(b) || a.dueAt.getTime() - b.dueAt.getTime())
}

import { sql } from 'kysely'
import type { Db } from '../database.ts'
import type { JobCount, JobState } from './job-queue.ts'
import { changedOn, isWaiting, priorities } from './job-row.ts'
import { allKinds } from './listing.ts'

/** So many jobs of a kind and state are counted one by one; where there are more, their number is estimated. */
export const countedExactly = 20_000

/** How many jobs of each kind are in each state. */
export async function countJobs(db: Db, exactly = countedExactly): Promise<readonly JobCount[]> {
  const first = (when: string) => sql`
    select j.start_after as at from pgboss.job j
    where j.name = k.name and j.priority = p.priority and ${sql.raw(isWaiting('j'))} and ${sql.raw(when)}
    order by j.start_after limit 1`
  const { rows } = await sql<JobCount>`
    select k.name as kind, s.state, c.count, times.* from (${allKinds}) k,
      unnest(enum_range(null::pgboss.job_state)) as s(state),
      -- Ordered as the index is, or the planner would read the whole table for states that have no jobs.
      lateral (select count(*) as count from (
        select from pgboss.job j where j.name = k.name and j.state = s.state
        order by ${sql.raw(changedOn)} limit ${exactly + 1}) one) c,
      lateral (
        select min(due.at) as "dueSince", min(later.at) as "nextDueAt"
        from unnest(${Object.values(priorities)}::int[]) as p(priority)
        left join lateral (${first('j.start_after <= now()')}) due on s.state in ('created', 'retry')
        left join lateral (${first('j.start_after > now()')}) later on s.state in ('created', 'retry')
      ) times
    where c.count > 0 order by k.name, s.state`.execute(db)
  if (rows.every(({ count }) => count <= exactly)) return rows
  const many = await estimate(db)
  return rows.map((row) =>
    row.count <= exactly ? row : { ...row, count: Math.max(row.count, many(row.kind, row.state)) },
  )
}

const pagesLookedAt = 500

/** Counts five hundred pages, spread over the table: of the large groups that is right within some per cent. */
async function estimate(db: Db): Promise<(kind: string, state: JobState) => number> {
  const { rows: size } = await sql<{ pages: number }>`
    select (sum(pg_relation_size(relid)) / current_setting('block_size')::int)::float8 as pages
    from pg_partition_tree('pgboss.job') where isleaf`.execute(db)
  const share = Math.min(1, pagesLookedAt / Math.max(1, size[0]?.pages ?? 1))
  const { rows } = await sql<{ kind: string; state: JobState; count: number }>`
    select name as kind, state::text as state, count(*) as count
    from pgboss.job tablesample system (${share * 100}::real) group by name, state`.execute(db)
  return (kind, state) =>
    Math.round((rows.find((row) => row.kind === kind && row.state === state)?.count ?? 0) / share)
}

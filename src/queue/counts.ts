import { sql } from 'kysely'
import type { Db } from '../database.ts'
import type { JobCount } from './job-queue.ts'
import { isWaiting, priorities } from './job-row.ts'

/** How many jobs of each kind are in each state. */
export async function countJobs(db: Db): Promise<readonly JobCount[]> {
  const first = (when: string) => sql`
    select j.start_after as at from pgboss.job j
    where j.name = c.kind and j.priority = p.priority and ${sql.raw(isWaiting('j'))} and ${sql.raw(when)}
    order by j.start_after limit 1`
  const { rows } = await sql<JobCount>`
    select c.kind, c.state, c.count, case when c."isWaiting" then times."dueSince" end as "dueSince",
      case when c."isWaiting" then times."nextDueAt" end as "nextDueAt"
    from (
      select j.name as kind, j.state::text as state, count(*) as count, j.state in ('created', 'retry') as "isWaiting"
      from pgboss.job j where j.name not like '\\_\\_%' group by j.name, j.state
    ) c, lateral (
      select min(due.at) as "dueSince", min(later.at) as "nextDueAt"
      from unnest(${Object.values(priorities)}::int[]) as p(priority)
      left join lateral (${first('j.start_after <= now()')}) due on true
      left join lateral (${first('j.start_after > now()')}) later on true
    ) times order by 1, 2`.execute(db)
  return rows
}

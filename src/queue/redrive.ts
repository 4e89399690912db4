import { sql, type RawBuilder } from 'kysely'
import type { Tx } from '../database.ts'
import { broughtBack, keptSeconds } from './enqueue.ts'
import type { Job, JobSelection, JobState } from './job-queue.ts'
import { asJob, asJson, isStanding, isWaiting, noHistory, rowColumns, type JobRow } from './job-row.ts'
import { allKinds, fits, isJobId, kindsOf, statesOf } from './listing.ts'
import { announce, tellToStop } from './wakes.ts'

/**
 * Has jobs done now, with all their attempts: dead letters, cancelled ones, and those that wait for later. One that is
 * asked for by its id may be due already; it keeps its place in the line.
 */
export async function retryJobs(tx: Tx, which: JobSelection): Promise<readonly Job[]> {
  const found = await select(tx, which, {
    states: ['failed', 'cancelled', 'created', 'retry'],
    where: 'id' in which ? sql`true` : sql`(j.state in ('failed', 'cancelled') or j.start_after > now())`,
  })
  const ids = distinct(found)
  if (ids.length === 0) return []
  // What was cancelled may have been enqueued again since: of equal jobs, this one stands now.
  await sql`
    delete from pgboss.job w using pgboss.job j where j.name in (${allKinds}) and j.id = any(${ids}::uuid[])
      and w.name = j.name and w.singleton_key = j.singleton_key and w.id <> j.id and ${sql.raw(isStanding('w'))}`.execute(
    tx,
  )
  const { rows } = await sql<JobRow>`
    update pgboss.job j set state = 'retry', completed_on = null,
      start_after = case when ${sql.raw(isWaiting('j'))} then least(j.start_after, now()) else now() end,
      output = ${sql.raw(broughtBack('j.output'))}
    where j.name in (${allKinds}) and j.id = any(${ids}::uuid[])
    returning ${rowColumns}`.execute(tx)
  await announce(
    tx,
    rows.map(({ kind }) => kind),
  )
  return rows.map(asJob)
}

/** Ends jobs that wait or are dead, and has those stopped that are under way; what these say of themselves is not written. */
export async function cancelJobs(tx: Tx, which: JobSelection): Promise<readonly Job[]> {
  const found = await select(tx, which, {
    states: ['created', 'retry', 'active', 'failed'],
    where: sql`true`,
  })
  const { rows } = await sql<JobRow>`
    update pgboss.job j set state = 'cancelled', completed_on = now(), group_tier = null,
      deletion_seconds = ${sql.lit(keptSeconds)},
      output = coalesce(j.output, ${asJson(noHistory)}::jsonb) || '{"byHand": true}'
    where j.name in (${allKinds}) and j.id = any(${found.map(({ id }) => id)}::uuid[])
    returning ${rowColumns}`.execute(tx)
  await tellToStop(
    tx,
    found.filter(({ state }) => state === 'active').map(({ id }) => id),
  )
  return rows.map(asJob)
}

interface Eligible {
  readonly states: readonly JobState[]
  readonly where: RawBuilder<unknown>
}

type Found = Pick<JobRow, 'id' | 'kind' | 'key' | 'state'>

/** The jobs that are meant, locked, the oldest first. */
async function select(tx: Tx, which: JobSelection, { states, where }: Eligible): Promise<readonly Found[]> {
  const columns = sql`j.id, j.name as kind, j.singleton_key as key, j.state::text as state`
  if ('id' in which) {
    if (!isJobId(which.id)) return []
    const { rows } = await sql<Found>`
      select ${columns} from pgboss.job j where j.name in (${allKinds}) and j.id = ${which.id}::uuid
        and j.state = any(${states}::text[]::pgboss.job_state[]) and ${where} for update`.execute(tx)
    return rows
  }
  const { rows } = await sql<Found>`
    select ${columns} from pgboss.job j
    where j.name in ${kindsOf(which)} and j.state = any(${statesOf(which, states)}::text[]::pgboss.job_state[])
      and ${where} and ${fits(which)}
    order by j.created_on, j.id limit ${which.limit} for update of j`.execute(tx)
  return rows
}

/** Of equal jobs, the last. */
const distinct = (found: readonly Found[]) =>
  [...new Map(found.map((one) => [`${one.kind} ${one.key}`, one])).values()].map(({ id }) => id)

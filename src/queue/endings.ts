import { sql } from 'kysely'
import type { Tx } from '../database.ts'
import { asMagpieError } from '../errors.ts'
import { keptSeconds } from './enqueue.ts'
import type { JobError, Outcome } from './job-queue.ts'
import { asJson, isStanding, noHistory, withError, type History, type JobRow } from './job-row.ts'

/** What becomes of a job: what its handler says, or what the queue has to say where no handler could. */
export type Verdict =
  | Outcome<Tx>
  /** Not finished, by no fault of its own: somebody else does it, now or a little later. */
  | { readonly handBackInMs: number }
  /** It took its worker down, or would not let it go. */
  | { readonly crashed: true }
  /** What its handler or its record threw, against all expectation. */
  | { readonly threw: unknown }

/** A job's next state, as it is written. */
export interface Ending {
  readonly job: JobRow
  readonly state: 'completed' | 'cancelled' | 'failed' | 'retry'
  readonly inMs: number
  /** Null leaves it as it is. */
  readonly history: History | null
  readonly record?: (tx: Tx) => Promise<void>
}

/** Told of jobs that the queue itself gives up, in the same transaction. */
export type Abandoned = (tx: Tx, job: JobRow, error: JobError) => Promise<void>

const mostCrashes = 3
/** Of errors that nobody foresaw; the waits between add up to about an hour. */
const mostThrows = 12
const longestThrowWaitMs = 20 * 60_000

/** Decides a job's next state. */
export function endingOf(job: JobRow, verdict: Verdict, abandoned: Abandoned): Ending {
  const before = job.history ?? noHistory
  const again = (inMs: number, history: History | null = null): Ending => ({
    job,
    state: 'retry',
    inMs,
    history,
  })
  if ('handBackInMs' in verdict) return again(verdict.handBackInMs)
  if ('crashed' in verdict) {
    const error = { code: 'job_crashed', message: 'Its worker was lost, or could not end it.' }
    const history = withError(before, error, { attempts: 0, crashes: 1 })
    return history.crashes < mostCrashes ? again(0, history) : givenUp(job, history, abandoned)
  }
  if ('threw' in verdict) {
    const history = withError(before, asMagpieError(verdict.threw), { attempts: 1, crashes: 0 })
    const waitMs = Math.min(1000 * 2 ** before.attempts, longestThrowWaitMs) * (0.75 + Math.random() / 2)
    return history.attempts < mostThrows ? again(waitMs, history) : givenUp(job, history, abandoned)
  }
  return { ...asTold(job, before, verdict), ...(verdict.record && { record: verdict.record }) }
}

function asTold(job: JobRow, before: History, outcome: Outcome<Tx>): Ending {
  if ('done' in outcome) return { job, state: 'completed', inMs: 0, history: null }
  if ('snoozeMs' in outcome) return { job, state: 'retry', inMs: outcome.snoozeMs, history: null }
  const spent = { attempts: 1, crashes: 0 }
  if ('cancel' in outcome) {
    const error = { code: outcome.code ?? 'interrupted', message: outcome.cancel }
    return { job, state: 'cancelled', inMs: 0, history: withError(before, error, spent) }
  }
  const history = withError(before, outcome.failed, spent)
  const { retryInMs } = outcome
  return { job, state: retryInMs === null ? 'failed' : 'retry', inMs: retryInMs ?? 0, history }
}

const givenUp = (job: JobRow, history: History, abandoned: Abandoned): Ending => ({
  ...{ job, state: 'failed', inMs: 0, history },
  record: (tx) => abandoned(tx, job, history.errors.at(-1)!),
})

/**
 * Writes endings and answers with the ids of those that were still ours to end: a job that was taken back, given to
 * another worker or cancelled since its claim is none of them. No two of them may have equal arguments.
 */
export async function writeEndings(tx: Tx, all: readonly Ending[]): Promise<ReadonlySet<string>> {
  const standing = all.filter(({ state }) => state === 'retry' || state === 'failed')
  const equals = standing.length > 0 ? await takePlaces(tx, standing) : []
  const rows = all.map(({ job, state, inMs, history }) => {
    const equal = equals.filter(({ kind, key }) => kind === job.kind && key === job.key)
    return {
      ...{ id: job.id, name: job.kind, claim: job.claim, in_ms: inMs },
      ...merged({ state, history, equal }),
    }
  })
  const { rows: ours } = await sql<{ id: string }>`
    update pgboss.job j set
      state = e.state::pgboss.job_state, group_tier = null,
      start_after = least(now() + e.in_ms * interval '1 millisecond', e.due),
      priority = greatest(j.priority, e.priority),
      completed_on = case e.state when 'retry' then null else now() end,
      deletion_seconds = case e.state when 'failed' then 0 else ${sql.lit(keptSeconds)} end,
      output = coalesce(e.output, j.output)
    from jsonb_to_recordset(${asJson(rows)}::jsonb) as e(
      id uuid, name text, claim int, state text, in_ms float8, due timestamptz, priority int, output jsonb)
    where ${among(all)} and j.name = e.name and j.id = e.id and j.state = 'active' and j.retry_count = e.claim
    returning j.id`.execute(tx)
  return new Set(ours.map(({ id }) => id))
}

/** Said beside the join, for the planner: a table that it knows nothing of yet would be read as a whole. */
const among = (
  all: readonly Ending[],
) => sql`j.name = any(${[...new Set(all.map(({ job }) => job.kind))]}::text[])
  and j.id = any(${all.map(({ job }) => job.id)}::uuid[])`

interface Equal {
  readonly kind: string
  readonly key: string
  readonly state: string
  readonly priority: number
  readonly due: string
}

/** Removes the jobs that stand where these are to stand, for of equal jobs one is enough. */
async function takePlaces(tx: Tx, standing: readonly Ending[]): Promise<readonly Equal[]> {
  const rows = standing.map(({ job }) => ({ id: job.id, name: job.kind, claim: job.claim }))
  const { rows: equals } = await sql<Equal>`
    with ours as materialized (
      select j.name, j.singleton_key from pgboss.job j
      join jsonb_to_recordset(${asJson(rows)}::jsonb) as e(id uuid, name text, claim int) on j.name = e.name and j.id = e.id
      where ${among(standing)} and j.state = 'active' and j.retry_count = e.claim for update of j
    ), equal as materialized (
      select w.name, w.id from pgboss.job w join ours on w.name = ours.name and w.singleton_key = ours.singleton_key
      where ${sql.raw(isStanding('w'))} order by w.name, w.singleton_key for update of w
    )
    delete from pgboss.job w using equal where w.name = equal.name and w.id = equal.id and ${sql.raw(isStanding('w'))}
    returning w.name as kind, w.singleton_key as key, w.state::text, w.priority, w.start_after::text as due`.execute(
    tx,
  )
  return equals
}

/** A job in whose place another waited comes when that one would have come; if it was to lie dead, it begins anew. */
function merged({ state, history, equal }: Pick<Ending, 'state' | 'history'> & { equal: readonly Equal[] }) {
  const waiting = equal.find((one) => one.state !== 'failed')
  if (!waiting) return { state, due: null, priority: null, output: history }
  const anew = state === 'failed' ? { attempts: 0, crashes: 0, since: new Date().toISOString() } : {}
  const output = history && { ...history, ...anew }
  return { state: 'retry', due: waiting.due, priority: waiting.priority, output }
}

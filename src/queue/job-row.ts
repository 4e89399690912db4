import { sql } from 'kysely'
import type { LogFields } from '../log.ts'
import type { Attempt, Job, JobError, JobState, Priority } from './job-queue.ts'

/** Greater is sooner. */
export const priorities: Readonly<Record<Priority, number>> = {
  viewed: 30,
  listed: 20,
  ordinary: 10,
  idle: 0,
}

const priorityNames = Object.entries(priorities).sort(([, a], [, b]) => b - a) as [Priority, number][]

/** What has happened to a job so far, as it is kept in its `output`. */
export interface History {
  readonly errors: readonly JobError[]
  readonly attempts: number
  readonly crashes: number
  /** When it was last brought back by hand or by being enqueued again. */
  readonly since?: string
  /** Whether people cancelled it. */
  readonly byHand?: boolean
}

export const noHistory: History = { errors: [], attempts: 0, crashes: 0 }

const mostErrors = 20
const longestMessage = 2_000

/** A history with one more error, and as many attempts or crashes more as said. Of its errors the last twenty stay. */
export function withError(
  history: History,
  error: Omit<JobError, 'at'>,
  more: { readonly attempts: number; readonly crashes: number },
): History {
  const said = {
    at: new Date().toISOString(),
    code: error.code,
    message: error.message.slice(0, longestMessage),
  }
  return {
    ...history,
    errors: [...history.errors, said].slice(-mostErrors),
    attempts: history.attempts + more.attempts,
    crashes: history.crashes + more.crashes,
  }
}

/** A value as JSON that PostgreSQL takes: texts may hold NUL and halves of surrogate pairs, which UTF-8 has no bytes for. */
export const asJson = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'string' ? part.toWellFormed().replaceAll('\0', '\ufffd') : part,
  )

/** A row of pg-boss's table, as far as it says something about a job of ours. */
export interface JobRow {
  readonly id: string
  readonly kind: string
  readonly args: Readonly<Record<string, unknown>>
  /** Equal for equal arguments. */
  readonly key: string
  readonly state: JobState
  readonly priority: number
  readonly host: string | null
  /** Counts the claims. Who holds a job has to name the one by which it came: the fence. */
  readonly claim: number
  readonly history: History | null
  readonly createdAt: Date
  readonly dueAt: Date
  readonly startedAt: Date | null
  readonly endedAt: Date | null
}

/** The columns of a `JobRow`, of the table known as `j`. */
export const rowColumns = sql.raw(`
  j.id, j.name as kind, j.data as args, j.singleton_key as key, j.state::text as state, j.priority,
  j.group_id as host, j.retry_count as claim, j.output as history, j.created_on as "createdAt",
  j.start_after as "dueAt", j.started_on as "startedAt", j.completed_on as "endedAt"`)

/** A job is found under this moment in the lists: when its state last changed by anything but a wait. */
export const changedOn = 'coalesce(j.completed_on, j.started_on, j.created_on)'

/** Jobs that stand in line or lie dead; of equal ones, one at most. The unique index says the same in the same words. */
export const isStanding = (alias: string): string => `${alias}.state in ('created', 'retry', 'failed')`

export const isWaiting = (alias: string): string => `${alias}.state in ('created', 'retry')`

const priorityOf = (row: JobRow): Priority =>
  priorityNames.find(([, least]) => row.priority >= least)?.[0] ?? 'idle'

export const asJob = (row: JobRow): Job => ({
  ...{ id: row.id, kind: row.kind, state: row.state, args: row.args, host: row.host },
  priority: priorityOf(row),
  attempts: row.history?.attempts ?? 0,
  crashes: row.history?.crashes ?? 0,
  errors: row.history?.errors ?? [],
  byHand: row.history?.byHand ?? false,
  ...{ createdAt: row.createdAt, dueAt: row.dueAt, startedAt: row.startedAt, endedAt: row.endedAt },
})

/** What lines of the log that are about a job have in common, beside the worker. */
export const jobFields = ({ id, kind, args }: JobRow): LogFields => ({ job: id, kind, ...args })

/** What a handler is told of its attempt. */
export function asAttempt(row: JobRow): Attempt {
  const { attempts, errors, since } = row.history ?? noHistory
  const priority = priorityOf(row)
  return { number: attempts + 1, priority, since: since ? new Date(since) : row.createdAt, errors }
}

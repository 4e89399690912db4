import type { Stage } from '../catalog/image.ts'
import { isDatabaseAway, type Tx } from '../database.ts'
import { asMagpieError, isErrorCode, MagpieError, type ErrorCode } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Handler, JobError, Outcome } from '../queue/job-queue.ts'
import { afterFailure, type Sequel } from './attempts.ts'
import { databaseAway } from './patience.ts'
import { pausing, type Pause } from './pause.ts'

/** A failure as the tables know it. */
export interface Failed {
  readonly code: ErrorCode
  readonly message: string
  readonly stage: Stage
  /** When the job tries again; null: never by itself. */
  readonly nextAttemptInMs: number | null
  /** The source has it no longer. */
  readonly isGone: boolean
}

/** What a job's failure means to the tables, once people are to be told of it. */
export type RecordFailure<Args> = (tx: Tx, args: Args, failed: Failed) => Promise<void>

interface Means {
  readonly log: Log
  readonly pause: Pick<Pause, 'begin'>
  /** Answers when the database does. */
  readonly ping: () => Promise<unknown>
}

/** A pause holds up the claiming of others; what is under way looks in again when it is likely over. */
const lookAgainMs = 1000

/**
 * What every handler gets: an error is met by its class, with a retry, a cancel, a pause of this process or a wait
 * for a host; and what people have to know of it is recorded with its stage and code.
 */
export function wrapped<Args extends object>(
  walk: Handler<Args, Tx>,
  recordFailure: RecordFailure<Args>,
  { log, pause, ping }: Means,
): Handler<Args, Tx> {
  return async (args, attempt, signal) => {
    try {
      return await walk(args, attempt, signal)
    } catch (thrown) {
      const error = named(thrown)
      const { code, message } = error
      const stage = stageOf(code)
      log.info({ code, stage, attempt: attempt.number, why: message }, 'an attempt failed')
      if (code === 'internal') log.error({ err: thrown }, 'an attempt failed in a way nobody foresaw')
      if (code === 'interrupted') return { snoozeMs: 0, code }
      if (pausing.has(code)) {
        if (code === 'database_unavailable') pause.begin(error, ping)
        return { snoozeMs: lookAgainMs, code }
      }
      const next = afterFailure(error, attempt, { nowMs: Date.now(), random: Math.random() })
      return asOutcome(
        next,
        error,
        (failed) => (tx) => recordFailure(tx, args, { code, message, stage, ...failed }),
      )
    }
  }
}

type Recorder = (failed: Pick<Failed, 'nextAttemptInMs' | 'isGone'>) => (tx: Tx) => Promise<void>

function asOutcome(next: Sequel, { code, message }: MagpieError, record: Recorder): Outcome<Tx> {
  const failed = { code, message }
  const forGood = record({ nextAttemptInMs: null, isGone: next.then === 'gone' })
  switch (next.then) {
    case 'snooze':
      return { snoozeMs: next.inMs, code, ...said(next, record) }
    case 'retry':
      return { failed, retryInMs: next.inMs, ...said(next, record) }
    case 'dead':
      return { failed, retryInMs: null, record: forGood }
    case 'gone':
    case 'cancel':
      return { cancel: message, code, record: forGood }
  }
}

const said = ({ inMs, isSaid }: { inMs: number; isSaid: boolean }, record: Recorder) =>
  isSaid ? { record: record({ nextAttemptInMs: inMs, isGone: false }) } : {}

/** A job that the queue itself gave up, as a failure for the tables. */
export const abandoned =
  <Args>(recordFailure: RecordFailure<Args>) =>
  (tx: Tx, args: Args, { code, message }: JobError): Promise<void> =>
    recordFailure(tx, args, {
      ...{ code: isErrorCode(code) ? code : 'internal', message, stage: 'record' },
      ...{ nextAttemptInMs: null, isGone: false },
    })

/** What was thrown, under its code; a statement that failed for want of a database is told from a wrong one. */
function named(thrown: unknown): MagpieError {
  if (thrown instanceof MagpieError || !isDatabaseAway(thrown)) return asMagpieError(thrown)
  return databaseAway(thrown)
}

/** Where on the walk an error of this code arises. */
function stageOf(code: ErrorCode): Stage {
  if (code === 'page_empty') return 'discover'
  if (/^(image_(unsupported|corrupt|too_large|too_slow|crashed)|not_an_image)$/.test(code)) return 'inspect'
  if (/^(store|blob)_/.test(code)) return 'store'
  if (/^(database|internal|job|image)_?/.test(code)) return 'record'
  return 'fetch'
}

import type { ImageId, ItemId } from '../catalog/ids.ts'
import type { Stage } from '../catalog/image.ts'
import type { Tx } from '../database.ts'
import { asMagpieError, type ErrorCode, type MagpieError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Handler, JobKind, JobQueue, Outcome } from '../queue/job-queue.ts'

/** Every kind of job, and what it is told. */
export interface Jobs {
  'discover-item': { readonly itemId: ItemId }
  'ingest-image': { readonly imageId: ImageId }
  'arrange-item': { readonly itemId: ItemId }
}

export type Queue = JobQueue<Jobs, Tx>

/**
 * Attempts at once, after about 1, 2 and 4 seconds. The hour includes waiting for a slow host's turn; a worker that died
 * is known by its heartbeat long before. Fetching waits more than it works, so many run side by side.
 */
export const jobKinds = (concurrency: number): Readonly<Record<keyof Jobs, JobKind>> => ({
  'discover-item': { concurrency: 4, attempts: 4, expireInSeconds: 3600 },
  'ingest-image': { concurrency, attempts: 4, expireInSeconds: 3600 },
  'arrange-item': { concurrency: 2, attempts: 10, expireInSeconds: 60 },
})

export const done: Outcome<Tx> = { done: true }

/** What a job's failure means to the tables, once no attempt is left. */
export type RecordFailure<Args> = (tx: Tx, args: Args, error: MagpieError, stage: Stage) => Promise<void>

/**
 * What every handler gets: an error that retrying cannot help is a cancel, a store or database that is away is a
 * pause, a source that names a time is waited for, and the last failure is recorded with its stage and code.
 */
export function wrapped<Args extends object>(
  walk: Handler<Args, Tx>,
  recordFailure: RecordFailure<Args>,
  log: Log,
): Handler<Args, Tx> {
  return async (args, attempt, signal) => {
    try {
      return await walk(args, attempt, signal)
    } catch (thrown) {
      const error = asMagpieError(thrown)
      const stage = stageOf(error.code)
      log.info(
        { job: args, code: error.code, stage, attempt: attempt.number, why: error.message },
        'an attempt failed',
      )
      if (error.code === 'internal')
        log.error({ err: thrown, job: args }, 'an attempt failed in a way nobody foresaw')
      if (pausing.has(error.code)) return { snoozeMs: pauseMs }
      const record = (tx: Tx) => recordFailure(tx, args, error, stage)
      if (!error.retry) return { cancel: error.message, record }
      if (attempt.last) return { failed: `${error.code}: ${error.message}`, record }
      const { retryAfterMs } = error.details
      return {
        failed: `${error.code}: ${error.message}`,
        ...(retryAfterMs !== undefined && { retryAfterMs: Math.min(retryAfterMs, longestWaitMs) }),
      }
    }
  }
}

/** Trouble of our own machines: it passes for all jobs at once, and no job's attempts are spent on it. */
const pausing: ReadonlySet<ErrorCode> = new Set(['store_full', 'store_unavailable', 'database_unavailable'])
const pauseMs = 5_000
/** RFC 9110 sets no bound; a day is what the source of a catalogue can reasonably ask. */
const longestWaitMs = 24 * 3_600_000

/** Where on the walk an error of this code arises. */
function stageOf(code: ErrorCode): Stage {
  if (code === 'page_empty') return 'discover'
  if (/^(image_(unsupported|corrupt|too_large)|not_an_image)$/.test(code)) return 'inspect'
  if (/^(store|blob)_/.test(code)) return 'store'
  if (/^(database|internal|image)_?/.test(code)) return 'record'
  return 'fetch'
}

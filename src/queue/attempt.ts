import { asMagpieError, MagpieError } from '../errors.ts'
import { logAbout, type Log } from '../log.ts'
import type { Verdict } from './endings.ts'
import { asAttempt, jobFields, type JobRow } from './job-row.ts'
import type { Handler, JobKind } from './job-queue.ts'
import type { Tx } from '../database.ts'
import type { Times } from './times.ts'

/** A job under way, and the means to stop it. */
export interface Running {
  readonly job: JobRow
  readonly stop: AbortController
  /** Resolves when it is settled. */
  readonly ended: Promise<void>
}

interface Means {
  /** The worker that claimed the job. */
  readonly worker: string
  readonly kind: JobKind
  readonly handler: Handler<never, Tx>
  readonly times: Times
  readonly log: Log
}

export const interruption = (why: string) => new MagpieError('interrupted', why)

/** Makes one attempt: resolves with what its handler says of it, or with what is to be said when that stays away. */
export async function attempt(means: Means, job: JobRow, stop: AbortController): Promise<Verdict> {
  const { worker, kind, handler, times, log } = means
  const fields = jobFields(job)
  const late = new MagpieError('job_too_slow', `The job did not end within ${kind.expireInSeconds} s.`)
  const expiry = setTimeout(() => stop.abort(late), kind.expireInSeconds * 1000).unref()
  const patience = Promise.withResolvers<Verdict>()
  let lettingGo: NodeJS.Timeout | undefined
  const onStop = () => {
    const isLate = stop.signal.reason === late
    const verdict: Verdict = isLate ? { crashed: true } : { handBackInMs: 0 }
    lettingGo = setTimeout(() => patience.resolve(verdict), isLate ? times.ignoredMs : times.graceMs)
  }
  stop.signal.addEventListener('abort', onStop, { once: true })
  const going = Promise.resolve()
    .then(() =>
      logAbout({ worker, ...fields }, () => handler(job.args as never, asAttempt(job), stop.signal)),
    )
    .then<Verdict, Verdict>(
      (outcome) => outcome,
      (threw: unknown) => ({ threw }),
    )
  const verdict = await Promise.race([going, patience.promise])
  clearTimeout(expiry)
  stop.signal.removeEventListener('abort', onStop)
  clearTimeout(lettingGo)
  const isInterrupted = stop.signal.aborted && stop.signal.reason !== late
  if (isInterrupted && !('done' in verdict || 'snoozeMs' in verdict)) return { handBackInMs: 0 }
  if ('threw' in verdict)
    log.error({ ...fields, err: verdict.threw }, `a job threw: ${asMagpieError(verdict.threw).code}`)
  if ('crashed' in verdict) log.error(fields, 'a job that would not end was let go')
  return verdict
}

import type { ErrorCode, MagpieError } from '../errors.ts'
import type { Attempt } from '../queue/job-queue.ts'

/** What follows a failed attempt. */
export type Sequel =
  /** Trouble of a host or another worker, not of this job: later, and no attempt is spent. */
  | { readonly then: 'snooze'; readonly inMs: number; readonly isSaid: boolean }
  /** Tried again; `isSaid`: the wait is long enough for people to be told of the failure meanwhile. */
  | { readonly then: 'retry'; readonly inMs: number; readonly isSaid: boolean }
  /** Attempts or time are used up: a dead letter. */
  | { readonly then: 'dead' }
  /** The source has it no longer, and was asked often enough. */
  | { readonly then: 'gone' }
  /** Trying again cannot help. */
  | { readonly then: 'cancel' }

/** How failures of one class are met: the waits between attempts, in seconds, and what comes after the last. */
interface Course {
  readonly waitsS: readonly number[]
  readonly finally: 'dead' | 'gone'
}

const minute = 60
const hour = 60 * minute
const day = 24 * hour

/** Most trouble passes in seconds, the rest in hours: four tries at once, then ever rarer ones for two thirds of a day. */
const passing: Course = {
  waitsS: [0, 1, 2, 4, 16, minute, 4 * minute, 16 * minute, hour, 6 * hour, 6 * hour],
  finally: 'dead',
}
/** RFC 9110 §15.5.5: whether a 404 is for ever, nobody says. */
const missing: Course = { waitsS: [hour, 6 * hour, day, 3 * day, 7 * day], finally: 'gone' }
/** RFC 9110 §15.5.11: likely permanent; confirmed once. */
const removed: Course = { waitsS: [day], finally: 'gone' }
/** What took a decoder down once may have met it in a bad moment; twice, and it is the picture. */
const poisonous: Course = { waitsS: [0], finally: 'dead' }

const courses: Partial<Record<ErrorCode, Course>> = {
  source_not_found: missing,
  source_gone: removed,
  image_crashed: poisonous,
  image_too_slow: poisonous,
}

/** The host's trouble or another worker's: waiting costs nothing. */
export const waits: ReadonlySet<ErrorCode> = new Set(['host_busy', 'host_paused', 'fetch_under_way'])

/** What fails ends some day, however rarely its source can be asked; longer than the longest course. */
const longestLifeMs = 14 * day * 1000
/** So does what is only put off: at 40,000 requests a day, as a licence may have it, a million pictures take 25 days. */
const longestLineMs = 90 * day * 1000
/** RFC 9110 sets no bound to Retry-After; a day is what the source of a catalogue can reasonably ask. */
const longestWaitMs = day * 1000
/** How often what somebody looks at asks for its turn. */
const eagerMs = 3000
/** People do not wait longer than this to hear what is the matter. */
const saidFromMs = 10_000

/** Decides what follows a failure. `random` is from 0 up to 1; long waits are spread by a quarter either way. */
export function afterFailure(
  error: MagpieError,
  attempt: Attempt,
  at: { nowMs: number; random: number },
): Sequel {
  const { code, retry, details } = error
  const course = courses[code] ?? (retry ? passing : null)
  if (!course) return { then: 'cancel' }
  if (waits.has(code)) {
    // The time in a host's line is an estimate for those who stand in it; somebody who is looked for goes before them.
    const mostMs = code === 'host_busy' && attempt.priority === 'viewed' ? eagerMs : longestWaitMs
    const inMs = Math.min(Math.max(details.retryAfterMs ?? 1000, 100), mostMs)
    // A host's turns come one after the other; that is no failure, however long the line.
    return at.nowMs - attempt.since.getTime() > longestLineMs
      ? { then: 'dead' }
      : { then: 'snooze', inMs, isSaid: inMs >= saidFromMs && code === 'host_paused' }
  }
  const waitS = course.waitsS[attempt.number - 1]
  const isOld = at.nowMs - firstFailureAt(attempt, at.nowMs) > longestLifeMs
  if (waitS === undefined || isOld) return { then: course.finally }
  const spread = waitS >= 16 ? 0.75 + at.random / 2 : 1
  const inMs = Math.max(waitS * 1000 * spread, Math.min(details.retryAfterMs ?? 0, longestWaitMs))
  return { then: 'retry', inMs: Math.round(inMs), isSaid: inMs >= saidFromMs }
}

/** The time in line before it was no failure. */
const firstFailureAt = ({ since, errors }: Attempt, nowMs: number): number =>
  Math.min(nowMs, ...errors.map(({ at }) => Date.parse(at)).filter((at) => at >= since.getTime()))

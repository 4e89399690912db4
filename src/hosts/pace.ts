import type { End, HostState } from './host-state.ts'
import type { HostLimits } from './host-turns.ts'

const slowest = 1 / 16
/** Some fifty good answers bring a host that is asked at its slowest back to its full rate. */
const restored = 0.02
/** A request is taken to last at least so long, where there is less than one at a time. */
const shortestMs = 50
/** A host's usual time means little before. */
const enoughAnswers = 8
/** Times below are no sign of trouble, whatever is usual. */
const quickMs = 1000
const farAbove = 4
/** The weight of one answer in the means. */
const weight = 0.1

/**
 * Halves the pace where the host is busy or far slower than usual, once for all that was under way at the time; each
 * good answer restores a little.
 */
export function paced(state: HostState, { report, startedAt }: End, now: number): HostState {
  if (!report) return state
  if (isSlow(state, report))
    return startedAt > state.slowedAt
      ? { ...state, pace: Math.max(slowest, state.pace / 2), slowedAt: now }
      : state
  const isGood = report.status !== undefined && report.status < 400 && report.code === undefined
  return isGood ? { ...state, pace: Math.min(1, state.pace + restored) } : state
}

function isSlow({ usual }: HostState, { status, code, firstByteMs }: NonNullable<End['report']>): boolean {
  if (status === 429 || status === 503 || code === 'fetch_timeout') return true
  if (firstByteMs === undefined || usual.answers < enoughAnswers) return false
  return firstByteMs > Math.max(quickMs, farAbove * usual.firstByteMs)
}

/** Lets the means follow what this answer took and sent. */
export function learnt({ usual, ...state }: HostState, { report, startedAt }: End, now: number): HostState {
  if (report?.status === undefined) return { ...state, usual }
  const toward = (mean: number, value: number) =>
    usual.answers === 0 ? value : mean + weight * (value - mean)
  return {
    ...state,
    usual: {
      answers: Math.min(enoughAnswers, usual.answers + 1),
      firstByteMs: toward(usual.firstByteMs, report.firstByteMs ?? usual.firstByteMs),
      tookMs: toward(usual.tookMs, Math.max(0, now - startedAt)),
      bytes: toward(usual.bytes, report.bytes),
    },
  }
}

/** How many requests may be under way, at the host's pace. */
export const concurrencyAt = (pace: number, { hostConcurrency }: HostLimits): number =>
  Math.max(1, Math.floor(hostConcurrency * pace))

/** The least time between two starts, at the host's pace; where it allows for less than one at a time, they are spaced out. */
export function delayAt({ pace, usual }: HostState, { hostDelayMs, hostConcurrency }: HostLimits): number {
  const slots = hostConcurrency * pace
  return Math.max(hostDelayMs / pace, slots < 1 ? Math.max(usual.tookMs, shortestMs) / slots : 0)
}

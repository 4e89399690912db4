import type { End, Host, HostState, UnderWay } from './host-state.ts'
import type { HostLimits, TurnAsk } from './host-turns.ts'
import { concurrencyAt, delayAt, learnt, paced } from './pace.ts'
import { heard } from './pausing.ts'
import { count, fitsAt, shareMs, windowNames } from './windows.ts'

/** One who asks for a turn: the id that the turn will have, and how long the asking goes on already. */
export interface Asking extends TurnAsk {
  readonly id: string
  readonly waitedMs: number
}

/** What one process brings to a host at one time: turns it gives back, and asks, oldest first. */
export interface Visit {
  readonly holder: string
  readonly ends: readonly End[]
  readonly asks: readonly Asking[]
  /** How far off a turn may be and still be waited for. */
  readonly nearMs: number
}

export type Verdict =
  | { readonly granted: true; readonly startedAt: number }
  /** Near: to be asked again in so long. */
  | { readonly waitMs: number }
  | { readonly refused: Refusal; readonly retryAfterMs: number; readonly reason: string | null }

export type Refusal = 'host_busy' | 'host_paused' | 'fetch_under_way'

/** Those who have waited longer than this more than we have come first, in whatever process they are. */
const patienceMs = 100
/** Who has not said for so long that it waits is not waited for; those who wait say so more often than that. */
const silentMs = 5000
const saysSoMs = 500
/** How much longer what is begun may wait. */
const begunFactor = 5
/** Near turns can turn out later than they looked; this much later they are given up. */
const overdueFactor = 2
/** Those told to come back come a little early, so that the host is never idle for our guess of its speed. */
const early = 0.9
/** No line is told of beyond this: how fast the host can be asked, and who still waits, is another matter by then. */
const farthestMs = 3_600_000

/** Takes in what a process brings, and answers each of its asks. */
export function served(host: Host, visit: Visit, now: number): { host: Host; verdicts: readonly Verdict[] } {
  let served = visit.ends.reduce((before, end) => ended(before, end, now), host)
  const verdicts: Verdict[] = []
  let ahead: Place['ahead'] = { count: 0, waitMs: 0 }
  for (const ask of visit.asks) {
    const [after, verdict] = judged(served, ask, { visit, ahead, now })
    served = after
    verdicts.push(verdict)
    if ('waitMs' in verdict) ahead = { count: ahead.count + 1, waitMs: verdict.waitMs }
  }
  return { host: { ...served, state: noted(served.state, { visit, verdicts }, now) }, verdicts }
}

function ended({ state, underWay }: Host, end: End, now: number): Host {
  const bytes = { limits: end.limits, of: 'bytes', amount: end.report?.bytes ?? 0 } as const
  const windows = bytes.amount > 0 ? count(state.windows, bytes, now) : state.windows
  const after = heard(learnt(paced(state, end, now), end, now), end, now)
  return {
    state: { ...after, windows, endedAt: now },
    underWay: underWay.filter(({ id }) => id !== end.id),
  }
}

interface Place {
  readonly visit: Visit
  /** How many asks of this process wait before this one, and until when. */
  readonly ahead: { readonly count: number; readonly waitMs: number }
  readonly now: number
}

function judged(host: Host, ask: Asking, place: Place): readonly [Host, Verdict] {
  const { visit, ahead, now } = place
  const { state, underWay } = host
  const isTaken = ({ want, holder }: UnderWay) => want === ask.want && holder !== visit.holder
  if (ask.alone && underWay.some(isTaken))
    return [host, { refused: 'fetch_under_way', retryAfterMs: sameAgainMs, reason: null }]
  const free = freeAt(host, ask.limits, now)
  const elders = eldersOf(state, { ask, visit }, now)
  if (free <= now && ahead.count === 0 && elders === 0) return granted(host, { ask, visit }, now)
  const turnMs = Math.max(free - now, ahead.waitMs, elders > 0 ? lookAgainMs : 0)
  const spacingMs = intervalMs(state, ask.limits)
  const waitMs = turnMs + (ahead.count + elders) * spacingMs
  const nearMs = visit.nearMs * (ask.begun ? begunFactor : 1)
  if (waitMs <= nearMs && ask.waitedMs <= overdueFactor * nearMs)
    return [host, { waitMs: Math.min(turnMs, saysSoMs) }]
  return toldLater(host, { waitMs, spacingMs }, now)
}

/** How long to wait for what another process fetches. */
const sameAgainMs = 1000
/** How soon to look whether those before us are through. */
const lookAgainMs = 20

function granted(
  { state, underWay }: Host,
  { ask, visit }: { ask: Asking; visit: Visit },
  now: number,
): readonly [Host, Verdict] {
  const { pause } = state
  const isProbe = pause?.kind === 'refusing'
  const requests = { limits: ask.limits, of: 'requests', amount: 1 } as const
  const after: HostState = {
    ...state,
    startedAt: now,
    batch: underWay.length === 0 ? 1 : state.batch + 1,
    windows: count(state.windows, requests, now),
    pause: isProbe ? { ...pause, probe: ask.id } : null,
  }
  const turn: UnderWay = { id: ask.id, want: ask.want, holder: visit.holder }
  return [
    { state: after, underWay: [...underWay, turn] },
    { granted: true, startedAt: now },
  ]
}

/** Each who cannot wait is told a later time than the one before, so that they do not all come back at once. */
function toldLater(
  host: Host,
  { waitMs, spacingMs }: { waitMs: number; spacingMs: number },
  now: number,
): readonly [Host, Verdict] {
  const { state } = host
  const line = Math.min(state.toldUntil + early * spacingMs, now + waitMs + farthestMs)
  const at = Math.max(now + waitMs, line)
  const isPaused = isPausedAt(host, now)
  const refusal: Verdict = {
    refused: isPaused ? 'host_paused' : 'host_busy',
    retryAfterMs: Math.ceil(at - now),
    reason: isPaused ? state.pause!.reason : null,
  }
  return [{ ...host, state: { ...state, toldUntil: at } }, refusal]
}

/** When the host could take one more request; a guess where it depends on when others end. */
function freeAt(host: Host, limits: HostLimits, now: number): number {
  const { state } = host
  const delayed = state.startedAt + delayAt(state, limits)
  return Math.max(
    now,
    pausedUntil(host, now),
    slotAt(host, limits, now),
    // A clock that was set back must not hold a host up.
    Math.min(delayed, now + delayAt(state, limits)),
    ...windowNames.map((name) => windowAt(host, { name, limits }, now)),
  )
}

/** The end of a pause; while a probe is under way, a guess at when it has decided. */
function pausedUntil({ state: { pause, usual }, underWay }: Host, now: number): number {
  if (!pause) return now
  const isTried = pause.kind === 'refusing' && underWay.some(({ id }) => id === pause.probe)
  return Math.max(pause.until, isTried ? now + Math.max(probeMs, usual.tookMs) : now)
}

const probeMs = 2500

const isPausedAt = (host: Host, now: number) => pausedUntil(host, now) > now

function slotAt({ state, underWay }: Host, limits: HostLimits, now: number): number {
  const { pace, usual, batch, endedAt } = state
  const most = concurrencyAt(pace, limits)
  const pauseMs = (limits.batchPauseMs ?? 0) / pace
  // Its own ends are heard of at once; those of other processes are looked for.
  const nextEnd = now + Math.min(longestLookMs, Math.max(lookAgainMs, usual.tookMs / (underWay.length + 1)))
  if (pauseMs === 0) return underWay.length < most ? now : nextEnd
  if (underWay.length > 0) return batch < most ? now : nextEnd + pauseMs
  return batch > 0 ? Math.min(endedAt, now) + pauseMs : now
}

const longestLookMs = 250

function windowAt(
  { state, underWay }: Host,
  { name, limits }: { name: (typeof windowNames)[number]; limits: HostLimits },
  now: number,
): number {
  const limit = limits[name]
  if (limit == null) return now
  // Bytes are known when they are here; those still under way are taken to be as many as is usual.
  const more = name === 'bytesPerHour' ? Math.max(1, state.usual.bytes) * (underWay.length + 1) : 1
  return fitsAt(state.windows, { name, limit, more }, now)
}

/** The time between the starts of two requests, when many wait. */
function intervalMs(state: HostState, limits: HostLimits): number {
  const { pace, usual } = state
  const most = concurrencyAt(pace, limits)
  const shares = windowNames.map((name) => {
    const limit = limits[name]
    if (limit == null) return 0
    return shareMs(name, limit) * (name === 'bytesPerHour' ? usual.bytes : 1)
  })
  const perSlot = (usual.tookMs + (limits.batchPauseMs ?? 0) / pace) / most
  return Math.max(1, delayAt(state, limits), perSlot, ...shares)
}

/** How many asks of other processes have waited so much longer that they come first. */
function eldersOf(
  { waiting }: HostState,
  { ask, visit }: { ask: Asking; visit: Visit },
  now: number,
): number {
  const since = now - ask.waitedMs
  let elders = 0
  for (const [holder, other] of Object.entries(waiting))
    if (holder !== visit.holder && other.seenAt > now - silentMs && other.since + patienceMs < since)
      elders += other.count
  return elders
}

/** Writes down who waits near by, and forgets those who have fallen silent. */
function noted(
  state: HostState,
  { visit, verdicts }: { visit: Visit; verdicts: readonly Verdict[] },
  now: number,
): HostState {
  const waits = visit.asks.filter((_, at) => 'waitMs' in verdicts[at]!)
  const others = Object.entries(state.waiting).filter(
    ([holder, { seenAt }]) => holder !== visit.holder && seenAt > now - silentMs,
  )
  const own = { since: now - (waits[0]?.waitedMs ?? 0), count: waits.length, seenAt: now }
  const waiting = Object.fromEntries(waits.length > 0 ? [...others, [visit.holder, own] as const] : others)
  return { ...state, waiting }
}

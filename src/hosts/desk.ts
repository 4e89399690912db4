import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDatabaseAway } from '../database.ts'
import { MagpieError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { End } from './host-state.ts'
import type { Hosts, Turn, TurnAsk } from './host-turns.ts'
import type { Keeper } from './keeper.ts'
import { openLines, type Lines, type Taken, type Waiter } from './lines.ts'
import type { Verdict } from './rules.ts'

export interface DeskOptions {
  /** Who we are among the processes. */
  readonly holder: string
  /** How far off a turn may be and still be waited for, in milliseconds. */
  readonly nearMs: number
  /** How long the first who asks waits for company, in milliseconds; a visit costs about the same for one as for many. */
  readonly gatherMs: number
  readonly log?: Log | undefined
}

/** How soon what could not be given back is tried again. */
const againMs = 1000

/** How much longer than those who ask, what is given back waits for company. */
const restFactor = 5

/**
 * Where the requests of this process line up. What is asked and given back while the keeper is busy goes to it
 * together, as one visit a host.
 */
export function openDesk(keeper: Keeper, options: DeskOptions): Pick<Hosts, 'take' | 'close'> {
  const lines = openLines()
  const serve = async (taken: ReadonlyMap<string, Taken>) => {
    try {
      const answers = await keeper.serve(visitsOf(taken, options))
      for (const [host, { waiters }] of taken)
        waiters.forEach((waiter, at) => settle(lines, waiter, answers.get(host)![at]!))
    } catch (cause) {
      options.log?.warn({ err: cause }, 'the turns of hosts could not be written down')
      for (const [host, one] of taken) fail(lines, host, { ...one, cause })
    }
  }
  const pump = openPump(lines, serve, options.gatherMs)
  const comeBack = (host: string, end: End) => {
    const line = lines.dueBy(host, Infinity)
    line.ends.push(end)
    // Where nobody of ours waits for it, the next who asks takes it along.
    lines.dueBy(host, line.waiters.length > 0 ? 0 : performance.now() + restFactor * options.gatherMs)
    pump.wake()
  }
  return {
    take: (ask, signal) => waitIn({ lines, pump, comeBack }, ask, signal),
    async close() {
      await pump.idle()
      await keeper.close()
    },
  }
}

const visitsOf = (taken: ReadonlyMap<string, Taken>, { holder, nearMs }: DeskOptions) =>
  new Map([...taken].map(([host, { asks, ends }]) => [host, { holder, nearMs, asks, ends }]))

interface Pump {
  wake(): void
  /** Resolves when nothing is being served and nothing is due. */
  idle(): Promise<void>
}

/** Serves what is due, one batch after the other, and sleeps until something is. */
function openPump(
  lines: Lines,
  serve: (taken: ReadonlyMap<string, Taken>) => Promise<void>,
  gatherMs: number,
): Pump {
  let serving: Promise<void> | null = null
  let timer: NodeJS.Timeout | undefined
  const serveDue = async () => {
    while (lines.nextDueAt() <= performance.now()) {
      if (gatherMs > 0) await sleep(gatherMs)
      await serve(lines.takeDue())
    }
    serving = null
    const at = lines.nextDueAt()
    if (at < Infinity) timer = setTimeout(wake, Math.max(0, Math.ceil(at - performance.now())))
  }
  const wake = () => {
    clearTimeout(timer)
    serving ??= Promise.resolve().then(serveDue)
  }
  return {
    wake,
    async idle() {
      lines.hurry()
      wake()
      await serving
      clearTimeout(timer)
    },
  }
}

interface Desk {
  readonly lines: Lines
  readonly pump: Pump
  readonly comeBack: (host: string, end: End) => void
}

function waitIn({ lines, pump, comeBack }: Desk, ask: TurnAsk, signal: AbortSignal): Promise<Turn> {
  if (signal.aborted) return Promise.reject(signal.reason as Error)
  const { promise, resolve, reject } = Promise.withResolvers<Turn>()
  const id = randomUUID()
  const waiter: Waiter = {
    ...{ ask, id, askedAt: performance.now(), left: false, refused: reject },
    granted(startedAt) {
      const give = once((report: End['report']) =>
        comeBack(ask.host, { id, want: ask.want, limits: ask.limits, startedAt, report }),
      )
      if (waiter.left) give(null)
      else resolve({ end: give })
    },
  }
  const giveUp = () => {
    waiter.left = true
    lines.leave(waiter)
    // Also those in other processes have to know that we wait no longer.
    lines.dueBy(ask.host, 0)
    pump.wake()
    reject(signal.reason as Error)
  }
  signal.addEventListener('abort', giveUp, { once: true })
  lines.dueBy(ask.host, 0).waiters.push(waiter)
  pump.wake()
  return promise.finally(() => signal.removeEventListener('abort', giveUp))
}

function once<A>(call: (arg: A) => void): (arg: A) => void {
  let isDone = false
  return (arg) => {
    if (!isDone) call(arg)
    isDone = true
  }
}

function settle(lines: Lines, waiter: Waiter, verdict: Verdict): void {
  if ('waitMs' in verdict) {
    if (!waiter.left) lines.dueBy(waiter.ask.host, performance.now() + verdict.waitMs)
    return
  }
  lines.leave(waiter)
  if ('granted' in verdict) waiter.granted(verdict.startedAt)
  else waiter.refused(refusal(waiter.ask, verdict))
}

function refusal(
  { host }: TurnAsk,
  { refused, retryAfterMs, reason }: Extract<Verdict, { refused: unknown }>,
) {
  const inSeconds = `${(retryAfterMs / 1000).toFixed(retryAfterMs < 10_000 ? 1 : 0)} s`
  const says = {
    host_busy: `The turns at ${host} are taken; this one comes in ${inSeconds}.`,
    host_paused: `${host} is left alone (${reason}); it is asked again in ${inSeconds}.`,
    fetch_under_way: `Another worker is fetching the same from ${host}.`,
  }
  return new MagpieError(refused, says[refused], { retryAfterMs })
}

/** Those who asked have to come again; what was given back is kept until it can be written down. */
function fail(
  lines: Lines,
  host: string,
  { waiters, ends, cause }: Pick<Taken, 'waiters' | 'ends'> & { cause: unknown },
): void {
  const away = isDatabaseAway(cause) ? new MagpieError('database_unavailable', undefined, { cause }) : cause
  for (const waiter of waiters) {
    lines.leave(waiter)
    waiter.refused(away)
  }
  if (ends.length > 0) lines.dueBy(host, performance.now() + againMs).ends.unshift(...ends)
}

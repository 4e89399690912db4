import type { FetchPolicy } from './fetcher.ts'

export type HostLimits = Pick<FetchPolicy, 'hostConcurrency' | 'hostDelayMs'>

/** Whose turn it is to ask a host. */
export interface HostSlots {
  /**
   * Waits until a request to the host may start, first come, first served; the caller gives the slot back by calling
   * what it gets, once. Throws the signal's reason.
   */
  take(host: string, limits: HostLimits, signal: AbortSignal): Promise<() => void>
}

interface Waiter {
  readonly limits: HostLimits
  readonly start: () => void
}

interface Host {
  running: number
  /** When the last request started. */
  startedAt: number
  /** When the host may be forgotten: the delay after its last start is over. */
  freshUntil: number
  timer: NodeJS.Timeout | null
  readonly waiting: Waiter[]
}

/** How many idle hosts are remembered before those whose delay is over are dropped. */
const manyHosts = 1000

/** The slots of this process alone; keeps no timer but for those who wait. */
export function inProcessHostSlots(now = () => performance.now()): HostSlots & { readonly size: number } {
  const hosts = new Map<string, Host>()

  const hostFor = (name: string): Host => {
    const known = hosts.get(name)
    if (known) return known
    if (hosts.size >= manyHosts) for (const [idle, host] of hosts) if (isIdle(host, now)) hosts.delete(idle)
    const host = { running: 0, startedAt: -Infinity, freshUntil: 0, timer: null, waiting: [] }
    hosts.set(name, host)
    return host
  }

  return {
    get size() {
      return hosts.size
    },
    async take(name, limits, signal) {
      signal.throwIfAborted()
      const host = hostFor(name)
      await turn(host, limits, { signal, now })
      let held = true
      return () => {
        if (!held) return
        held = false
        host.running--
        startNext(host, now)
      }
    },
  }
}

const isIdle = (host: Host, now: () => number) =>
  host.running === 0 && host.waiting.length === 0 && host.freshUntil <= now()

function turn(
  host: Host,
  limits: HostLimits,
  { signal, now }: { signal: AbortSignal; now: () => number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      host.waiting.splice(host.waiting.indexOf(waiter), 1)
      startNext(host, now)
      reject(signal.reason as Error)
    }
    const start = () => {
      signal.removeEventListener('abort', giveUp)
      resolve()
    }
    const waiter = { limits, start }
    signal.addEventListener('abort', giveUp, { once: true })
    host.waiting.push(waiter)
    startNext(host, now)
  })
}

/** Starts those who wait as far as the limits of each allow, and sets a timer if one need only wait. */
function startNext(host: Host, now: () => number): void {
  if (host.timer) clearTimeout(host.timer)
  host.timer = null
  for (let next = host.waiting[0]; next; next = host.waiting[0]) {
    if (host.running >= Math.max(1, next.limits.hostConcurrency)) return
    const waitMs = host.startedAt + next.limits.hostDelayMs - now()
    if (waitMs > 0) {
      host.timer = setTimeout(() => startNext(host, now), Math.ceil(waitMs))
      return
    }
    host.waiting.shift()
    host.running++
    host.startedAt = now()
    host.freshUntil = Math.max(host.freshUntil, host.startedAt + next.limits.hostDelayMs)
    next.start()
  }
}

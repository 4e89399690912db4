import { asMagpieError, MagpieError, type ErrorCode } from '../../errors.ts'

export interface MemoryOptions {
  readonly now?: () => number
  readonly maxSites?: number
  /** How long a site whose words cannot be had is not asked for them again; doubled with every failure. */
  readonly firstWaitMs: number
  readonly longestWaitMs: number
}

/** What a site says, and how much of it has to be remembered, in characters. */
export interface Said<T> {
  readonly value: T
  readonly weight: number
}

/** What sites have said about themselves, by origin: each is asked once at a time, and once a day. */
export interface SiteMemory<T> {
  /**
   * What the site says; once it could be read, the last that it said for as long as it cannot be read again.
   * Throws what `read` throws, for a while without reading, with the time of the next try; or the signal's reason.
   */
  of(origin: string, read: (signal: AbortSignal) => Promise<Said<T>>, signal: AbortSignal): Promise<T>
  /** Breaks off what is being read, with `connection_lost`. */
  close(): void
}

interface Kept<T> {
  value: Promise<T>
  last: T | null
  until: number
  failures: number
  weight: number
}

const dayMs = 86_400_000
/** What is remembered of all sites together, in characters. */
const maxWeight = 16 * 2 ** 20

/** These are about turns, not about the site's words: the next who asks may have one. */
const passing: readonly ErrorCode[] = ['host_busy', 'host_paused']

export const isPassing = (thrown: unknown): boolean =>
  thrown instanceof MagpieError && passing.includes(thrown.code)

/** A memory that drops those asked about longest ago when there are too many, or they said too much. */
export function openSiteMemory<T>(options: MemoryOptions): SiteMemory<T> {
  const { now = Date.now, maxSites = 1000 } = options
  const sites = new Map<string, Kept<T>>()
  const closing = new AbortController()

  const learn = async (kept: Kept<T>, reading: Promise<Said<T>>): Promise<T> => {
    try {
      const { value, weight } = await reading
      Object.assign(kept, { last: value, failures: 0, weight })
      bound(sites, maxSites)
      return value
    } catch (thrown) {
      const error = asMagpieError(thrown)
      const waitMs = isPassing(error) ? -1 : waitAfter(error, kept.failures++, options)
      kept.until = now() + waitMs
      if (kept.last !== null) return kept.last
      throw waitMs < 0 ? error : later(error, waitMs)
    }
  }

  return {
    of(origin, read, signal) {
      const kept = touch(sites, origin)
      if (kept.until < now()) {
        bound(sites, maxSites)
        kept.until = now() + dayMs
        kept.value = learn(kept, read(closing.signal))
        // Those who wait for it see its failure; nobody may be waiting any more.
        kept.value.catch(() => {})
      }
      return abortable(kept.value, signal)
    },
    close: () => closing.abort(new MagpieError('connection_lost', 'The fetcher was closed.')),
  }
}

function touch<T>(sites: Map<string, Kept<T>>, origin: string): Kept<T> {
  const never = Promise.withResolvers<T>().promise
  const kept = sites.get(origin) ?? { value: never, last: null, until: -1, failures: 0, weight: 0 }
  sites.delete(origin)
  sites.set(origin, kept)
  return kept
}

function bound(sites: Map<string, Kept<unknown>>, maxSites: number): void {
  let weight = sites.values().reduce((sum, kept) => sum + kept.weight, 0)
  for (const [origin, kept] of sites) {
    if (sites.size <= maxSites && weight <= maxWeight) return
    weight -= kept.weight
    sites.delete(origin)
  }
}

const waitAfter = (error: MagpieError, failures: number, { firstWaitMs, longestWaitMs }: MemoryOptions) =>
  Math.max(Math.min(firstWaitMs * 2 ** failures, longestWaitMs), error.details.retryAfterMs ?? 0)

const later = (error: MagpieError, retryAfterMs: number) =>
  new MagpieError(error.code, error.message, { ...error.details, retryAfterMs })

function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason as Error)
  signal.addEventListener('abort', abort, { once: true })
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', abort))
}

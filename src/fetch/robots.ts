import { asMagpieError, MagpieError, type ErrorCode } from '../errors.ts'
import { shown } from './checked-url.ts'
import { allowAll, robotsRules, type RobotsRules } from './robots-rules.ts'

export interface RobotsOptions {
  /** The name that robots.txt files know us by. */
  readonly token: string
  readonly now?: () => number
  readonly maxOrigins?: number
}

/** Fetches the text of a robots.txt; the signal is the gate's own, since many callers wait for one text. */
export type LoadRobots = (url: URL, signal: AbortSignal) => Promise<string>

export interface Robots {
  /**
   * Answers the Crawl-delay of the URL's site in milliseconds, 0 for none.
   * Throws `robots_disallowed`, `robots_unavailable`, what keeps us from the host altogether, or the signal's reason.
   */
  check(url: URL, load: LoadRobots, signal: AbortSignal): Promise<number>
  close(): void
}

interface Entry {
  rules: Promise<RobotsRules>
  /** The last rules that could be read, for when the site is down. */
  known: RobotsRules | null
  until: number
  weight: number
}

const dayMs = 86_400_000
/** How long a site whose robots.txt cannot be had is left alone. */
const failureMs = 500
/** Texts that are remembered for all sites together, in characters. */
const maxWeight = 16 * 2 ** 20
/** The longest Crawl-delay that is obeyed. */
const maxCrawlDelayMs = 30_000

/** Without these a host cannot be asked for anything, so they say more than that its robots.txt is missing. */
const decisive: readonly ErrorCode[] = [
  'address_private',
  'dns_not_found',
  'dns_failed',
  'connection_refused',
  'tls_failed',
  'url_invalid',
]

/** Remembers what sites' robots.txt say, for a day at most, and asks each site once at a time. */
export function openRobots({ token, now = Date.now, maxOrigins = 1000 }: RobotsOptions): Robots {
  const entries = bounded(maxOrigins)
  const closing = new AbortController()

  const ask = async (origin: string, entry: Entry, load: LoadRobots): Promise<RobotsRules> => {
    const text = await load(new URL('/robots.txt', origin), closing.signal).catch((thrown: unknown) => {
      const error = asMagpieError(thrown)
      if (isLeave(error)) return ''
      entry.until = now() + failureMs
      if (entry.known) return null
      throw decisive.includes(error.code) ? error : unavailable(origin, error)
    })
    if (text !== null) {
      entries.weigh(entry, text.length)
      entry.known = text === '' ? allowAll : robotsRules(text, token)
    }
    return entry.known ?? allowAll
  }

  const rulesOf = (origin: string, load: LoadRobots): Promise<RobotsRules> => {
    const entry = entries.touch(origin)
    if (entry.until >= now()) return entry.rules
    entry.until = now() + dayMs
    entry.rules = ask(origin, entry, load)
    // Those who wait for it see its failure; nobody may be waiting any more.
    entry.rules.catch(() => {})
    return entry.rules
  }

  return {
    async check(url, load, signal) {
      const rules = await abortable(rulesOf(url.origin, load), signal)
      if (rules.allows(url.pathname + url.search)) return Math.min(rules.crawlDelayMs ?? 0, maxCrawlDelayMs)
      throw new MagpieError(
        'robots_disallowed',
        `The robots.txt of ${url.host} does not allow ${shown(url)}.`,
      )
    },
    close: () => closing.abort(new MagpieError('connection_lost', 'The fetcher was closed.')),
  }
}

/** Entries by origin; those that were not asked about for longest are dropped when there are too many, or they hold too much. */
function bounded(maxOrigins: number) {
  const entries = new Map<string, Entry>()
  const bound = () => {
    let weight = entries.values().reduce((sum, entry) => sum + entry.weight, 0)
    for (const [origin, entry] of entries) {
      if (entries.size <= maxOrigins && weight <= maxWeight) return
      weight -= entry.weight
      entries.delete(origin)
    }
  }
  return {
    touch(origin: string): Entry {
      const entry = entries.get(origin) ?? {
        rules: Promise.resolve(allowAll),
        known: null,
        until: -1,
        weight: 0,
      }
      entries.delete(origin)
      entries.set(origin, entry)
      if (entries.size > maxOrigins) bound()
      return entry
    },
    weigh(entry: Entry, weight: number) {
      entry.weight = weight
      bound()
    },
  }
}

/** Whether a site without a robots.txt in this way lets us go everywhere (RFC 9309 §2.3.1.3); 429 asks for patience instead. */
function isLeave({ code, details: { measured } }: MagpieError): boolean {
  if (code === 'redirects_exceeded' || code === 'body_empty') return true
  const status = code.startsWith('source_') ? Number(measured) : 0
  return status >= 400 && status < 500 && status !== 429
}

const unavailable = (origin: string, cause: MagpieError) =>
  new MagpieError(
    'robots_unavailable',
    `The robots.txt of ${new URL(origin).host} cannot be read: ${cause.message}`,
    {
      cause,
      retryAfterMs: cause.details.retryAfterMs,
    },
  )

function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason as Error)
  signal.addEventListener('abort', abort, { once: true })
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', abort))
}

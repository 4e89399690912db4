import { asMagpieError, MagpieError, type ErrorCode } from '../../errors.ts'
import { shown } from '../checked-url.ts'
import { allowAll, robotsRules, type RobotsRules } from './robots-rules.ts'
import { isPassing, openSiteMemory, type MemoryOptions } from './site-memory.ts'

export interface RobotsOptions extends Pick<MemoryOptions, 'now' | 'maxSites'> {
  /** The name that robots.txt files know us by. */
  readonly token: string
}

/** Fetches a text that a site has about itself; the signal is the memory's own, since many callers wait for one text. */
export type LoadText = (url: URL, signal: AbortSignal) => Promise<string>

export interface Robots {
  /**
   * Answers the Crawl-delay of the URL's site in milliseconds, 0 for none.
   * Throws `robots_disallowed`, `robots_unavailable`, what keeps us from the host altogether, or the signal's reason.
   */
  check(url: URL, load: LoadText, signal: AbortSignal): Promise<number>
  close(): void
}

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

/** Remembers what sites' robots.txt say; a site whose own cannot be read is asked for it less and less often. */
export function openRobots({ token, ...bounds }: RobotsOptions): Robots {
  const memory = openSiteMemory<RobotsRules>({ ...bounds, firstWaitMs: 1000, longestWaitMs: 300_000 })
  return {
    async check(url, load, signal) {
      const read = async (inner: AbortSignal) => {
        const text = await load(new URL('/robots.txt', url.origin), inner).catch(emptyIfLeave(url))
        return { value: text === '' ? allowAll : robotsRules(text, token), weight: text.length }
      }
      const rules = await memory.of(url.origin, read, signal)
      if (rules.allows(url.pathname + url.search)) return Math.min(rules.crawlDelayMs ?? 0, maxCrawlDelayMs)
      throw new MagpieError(
        'robots_disallowed',
        `The robots.txt of ${url.host} does not allow ${shown(url)}.`,
      )
    },
    close: () => memory.close(),
  }
}

const emptyIfLeave =
  (url: URL) =>
  (thrown: unknown): string => {
    const error = asMagpieError(thrown)
    if (isLeave(error)) return ''
    throw decisive.includes(error.code) || isPassing(error) ? error : unavailable(url, error)
  }

/**
 * Whether a site without a robots.txt in this way lets us go everywhere (RFC 9309 §2.3.1.3). 401 and 403 do, as the RFC
 * has it: object stores answer 403 for any file that is not there. 408, 425 and 429 ask for patience, and get it.
 */
function isLeave({ code, retry, details: { measured } }: MagpieError): boolean {
  if (code === 'redirects_exceeded' || code === 'body_empty') return true
  const status = code.startsWith('source_') && !retry ? Number(measured) : 0
  return status >= 400 && status < 500
}

const unavailable = (url: URL, cause: MagpieError) =>
  new MagpieError('robots_unavailable', `The robots.txt of ${url.host} cannot be read: ${cause.message}`, {
    cause,
    retryAfterMs: cause.details.retryAfterMs,
  })

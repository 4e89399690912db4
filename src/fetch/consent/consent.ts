import { MagpieError } from '../../errors.ts'
import { shown } from '../checked-url.ts'
import type { FetchPolicy, Signals } from '../fetcher.ts'
import type { Headers } from '../statuses.ts'
import { pageMetas } from './page-metas.ts'
import { openRobots, type LoadText } from './robots.ts'
import { headerSignals, optOut, pageSignals } from './signals.ts'
import { openReservations } from './tdm.ts'
import { unreserved } from './tdm-rules.ts'

/** Before each hop: the least time between requests that the site itself asks for, in milliseconds, or a refusal. */
export type Leave = (url: URL, signal: AbortSignal) => Promise<number>

/** Sees the headers of an answer, whole or 304, before its body is read; throws to refuse it. */
export type Hear = (headers: Headers, url: URL, unchanged: boolean) => void

/**
 * What the sources of one order say of being asked and of what they send. All but `leave` throw `source_opted_out` where
 * the policy heeds it.
 */
export interface Consent {
  readonly leave: Leave
  readonly hearImage: Hear
  /** Hears nothing of mining: a page's own word on it outdoes that of its headers. */
  readonly hearPage: Hear
  imageSignals(headers: Headers): Signals
  pageSignals(html: string, headers: Headers, url: URL): Signals
}

export interface ConsentOptions {
  /** The name that sites know us by. */
  readonly token: string
  /** How a text that a site has about itself is fetched: under the policy, but without its headers. */
  readonly load: (policy: FetchPolicy, leave: Leave) => LoadText
}

export interface OpenConsent {
  under(policy: FetchPolicy): Consent
  close(): void
}

const atOnce: Leave = async () => 0

/** Remembers for all orders together what sites say of themselves. */
export function openConsent({ token, load }: ConsentOptions): OpenConsent {
  const robots = openRobots({ token })
  const reservations = openReservations()

  return {
    under(policy) {
      const heeds = policy.optOut !== 'ignore'
      const robotsText = load(policy, atOnce)
      const byRobots: Leave =
        policy.robots === 'ignore' ? atOnce : (url, signal) => robots.check(url, robotsText, signal)
      const tdmText = load(policy, byRobots)
      let site = unreserved
      const heed = (signals: Signals, url: URL): Signals => {
        const said = heeds ? optOut(signals, token) : null
        if (said !== null) throw optedOut(url, said)
        return signals
      }
      return {
        async leave(url, signal) {
          const delayMs = await byRobots(url, signal)
          if (heeds) site = await reservations.of(url, tdmText, signal)
          return delayMs
        },
        // A 304 says what has changed, and the headers of the 200 may have outdone the site's file.
        hearImage: (headers, url, unchanged) =>
          void heed(headerSignals(headers, token, unchanged ? unreserved : site), url),
        hearPage: (headers, url) =>
          void heed({ ...headerSignals(headers, token, unreserved), ...unreserved }, url),
        imageSignals: (headers) => headerSignals(headers, token, site),
        pageSignals: (html, headers, url) =>
          heed(pageSignals(headerSignals(headers, token, site), pageMetas(html), token), url),
      }
    },
    close() {
      robots.close()
      reservations.close()
    },
  }
}

const optedOut = (url: URL, said: string) =>
  new MagpieError(
    'source_opted_out',
    `${shown(url)} says "${said}", which reserves it against being collected.`,
    { measured: said },
  )

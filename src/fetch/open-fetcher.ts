import { Agent } from 'undici'
import { MagpieError } from '../errors.ts'
import type { Log } from '../log.ts'
import { checkedUrl, shown } from './checked-url.ts'
import { openConsent, type OpenConsent } from './consent/consent.ts'
import { exchange, type Means, type Order, type Whole } from './exchange.ts'
import type { Fetcher, FetchPolicy } from './fetcher.ts'
import { guardedConnector, type Resolve } from './guarded-connector.ts'
import type { HostTurns } from './host-turns.ts'
import {
  asFetched,
  asPage,
  imageOrder,
  pageOrder,
  textOrder,
  type FetchSettings,
  type Terms,
} from './orders.ts'
import { allowedHosts } from './public-addresses.ts'
import { productToken, userAgent } from './request-headers.ts'

/** Fetchers for many sources, over one set of connections. */
export interface OpenFetcher {
  /** A fetcher that behaves as this source allows and wants; all share connections, hosts' turns and robots.txt. */
  under(policy: FetchPolicy): Fetcher
  /** Breaks off what is under way with `connection_lost`, and closes every connection. */
  close(): Promise<void>
}

export interface FetchSeams {
  readonly turns: HostTurns
  /** In place of the machine's own DNS. */
  readonly resolve?: Resolve
}

/** How far a robots.txt is followed (RFC 9309 §2.3.1.2). */
const textRedirects = 5

/** Opens the door to the web. Throws `setting_invalid` for a malformed FETCH_ALLOW_PRIVATE. */
export function openFetcher(settings: FetchSettings, log: Log | undefined, seams: FetchSeams): OpenFetcher {
  const name = userAgent(settings.FETCH_USER_AGENT, settings.FETCH_CONTACT)
  const closing = new AbortController()
  const means = meansOf(settings, seams, closing.signal)
  const consents = consentOf(means, { userAgent: name, settings })
  const introduce = introduction(settings.FETCH_CONTACT, log)
  const get = logged(log, (order, signal) => {
    introduce()
    return exchange(order, means, AbortSignal.any([signal, closing.signal]))
  })

  return {
    under: (policy) => {
      const agreed = () => ({ policy, userAgent: name, settings, consent: consents.under(policy) })
      return {
        page: async (url, known, signal) => {
          const terms = agreed()
          const whole = await get(pageOrder(asked(url, means), known, terms), signal)
          return whole && asPage(whole, terms.consent)
        },
        image: async (url, known, signal) => {
          const terms = agreed()
          const whole = await get(imageOrder(asked(url, means), known, terms), signal)
          return whole && asFetched(whole, terms.consent)
        },
      }
    },
    close: async () => {
      const closed = new MagpieError('connection_lost', 'The fetcher was closed.')
      closing.abort(closed)
      consents.close()
      await means.agent.destroy(closed)
    },
  }
}

function meansOf(settings: FetchSettings, seams: FetchSeams, closing: AbortSignal): Means {
  const allowed = allowedHosts(settings.FETCH_ALLOW_PRIVATE)
  const agent = new Agent({
    allowH2: false,
    // Hosts' turns are what bounds requests; this bounds sockets should a policy be generous.
    connections: 64,
    pipelining: 1,
    keepAliveTimeout: 2000,
    keepAliveMaxTimeout: 4000,
    maxHeaderSize: settings.FETCH_MAX_HEADER_BYTES,
    connect: guardedConnector({
      allowed,
      connectTimeoutMs: settings.FETCH_FIRST_BYTE_MS,
      closing,
      // Twice, for the framing of small chunks.
      maxWireBytes: 2 * Math.max(settings.FETCH_MAX_BYTES, settings.FETCH_MAX_PAGE_BYTES) + 2 ** 20,
      ...(seams.resolve && { resolve: seams.resolve }),
    }),
  })
  return {
    agent,
    turns: seams.turns,
    rules: {
      maxLength: settings.FETCH_MAX_URL_LENGTH,
      isListed: (host, port) => allowed.name(host, port) || allowed.address(host, port),
    },
    timeoutMs: settings.FETCH_TIMEOUT_MS,
    firstByteMs: settings.FETCH_FIRST_BYTE_MS,
    maxRedirects: settings.FETCH_MAX_REDIRECTS,
  }
}

/** What sites say of themselves is fetched the same guarded way. */
function consentOf(means: Means, terms: Omit<Terms, 'policy'>): OpenConsent {
  return openConsent({
    token: productToken(terms.userAgent),
    load: (policy, leave) => async (url, signal) => {
      // Each process reads it for itself.
      const order: Order = { ...textOrder(url, leave, { policy, ...terms }), alone: false }
      const whole = await exchange(order, { ...means, maxRedirects: textRedirects }, signal)
      return new TextDecoder().decode(whole?.bytes)
    },
  })
}

/** The address as it is asked for: checked, and without its fragment. */
function asked(text: string, { rules }: Means): URL {
  const url = checkedUrl(text, rules)
  url.hash = ''
  return url
}

/** Warns before the first request, once, that nobody could complain to us. */
function introduction(contact: string | null, log: Log | undefined): () => void {
  let due = contact === null
  return () => {
    if (due)
      log?.warn('sites cannot reach you: set FETCH_CONTACT to a URL or an e-mail address for the User-Agent')
    due = false
  }
}

type Get = (order: Order, signal: AbortSignal) => Promise<Whole | null>

function logged(log: Log | undefined, get: Get): Get {
  return async (order, signal) => {
    const since = performance.now()
    const say = (outcome: object, message: string) =>
      log?.debug({ url: shown(order.url), ms: Math.round(performance.now() - since), ...outcome }, message)
    try {
      const whole = await get(order, signal)
      say({ bytes: whole?.bytes.length ?? 0 }, whole ? 'fetched' : 'unchanged')
      return whole
    } catch (thrown) {
      say({ code: thrown instanceof MagpieError ? thrown.code : 'aborted' }, 'not fetched')
      throw thrown
    }
  }
}

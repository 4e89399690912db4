import { request, type Agent, type Dispatcher } from 'undici'
import { asMagpieError, MagpieError } from '../errors.ts'
import { shown, type UrlRules } from './checked-url.ts'
import type { Hear, Leave } from './consent/consent.ts'
import { failure, tooSlow } from './failures.ts'
import type { FetchPolicy, Validators } from './fetcher.ts'
import { askedForMs, turnAsk, type HostTurns, type TurnReport } from './host-turns.ts'
import { limitedBody, type Answer, type BodyLimits } from './limited-body.ts'
import { isRedirect, redirectTarget, tooMany } from './redirects.ts'
import { isConditional, requestHeaders, type Asking } from './request-headers.ts'
import { refusal, type Headers } from './statuses.ts'

/** What an exchange needs of the fetcher. */
export interface Means {
  readonly agent: Agent
  readonly turns: HostTurns
  readonly rules: UrlRules
  readonly timeoutMs: number
  readonly firstByteMs: number
  readonly maxRedirects: number
}

export interface Order {
  readonly url: URL
  readonly policy: FetchPolicy
  readonly known: Validators | null
  readonly asking: Asking
  /** Whether no other process may ask for the same at the same time; so it is where nothing is said. */
  readonly alone?: boolean
  readonly leave: Leave
  readonly hear?: Hear
  readonly limits: (headers: Headers, url: URL) => BodyLimits
}

export interface Whole {
  readonly url: URL
  readonly headers: Headers
  readonly bytes: Uint8Array
}

/** How a hop ended: with the thing itself, unchanged, or elsewhere. */
type Hop = { readonly whole: Whole } | { readonly unchanged: true } | { readonly next: URL }

/**
 * Asks for a URL and follows where it leads, each hop with its own leave and its turn at the host.
 * Null when the source answers 304. Waiting for a turn does not count against the time.
 */
export async function exchange(order: Order, means: Means, signal: AbortSignal): Promise<Whole | null> {
  const within = budget(means.timeoutMs)
  let url = order.url
  let atHome = true
  for (let hops = 0; hops <= means.maxRedirects; hops++) {
    const crawlDelayMs = await order.leave(url, signal)
    const ask = turnAsk(url, order, { atHome, begun: hops > 0, crawlDelayMs })
    const turn = await means.turns.take(ask, signal)
    const report: Report = { bytes: 0 }
    try {
      const needs: HopNeeds = { url, order, means, atHome, report }
      const hop = await within(url, signal, (inner) => oneHop(needs, inner))
      if ('whole' in hop) return hop.whole
      if ('unchanged' in hop) return null
      atHome &&= hop.next.origin === url.origin
      url = hop.next
    } catch (thrown) {
      // What we broke off ourselves says nothing of the host.
      if (!signal.aborted) report.code = asMagpieError(thrown).code
      throw thrown
    } finally {
      turn.end(report)
    }
  }
  throw tooMany(order.url, means.maxRedirects, 'FETCH_MAX_REDIRECTS')
}

/** A time that is used up piece by piece; what overruns it is aborted with `fetch_timeout`. */
function budget(totalMs: number) {
  let leftMs = totalMs
  return async <T>(url: URL, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const since = performance.now()
    const deadline = new AbortController()
    const timer = setTimeout(
      () => deadline.abort(tooSlow(url, 'FETCH_TIMEOUT_MS', totalMs)),
      Math.max(1, leftMs),
    )
    try {
      return await work(AbortSignal.any([signal, deadline.signal]))
    } finally {
      clearTimeout(timer)
      leftMs -= performance.now() - since
    }
  }
}

/** What a hop tells of its host, filled in on the way. */
type Report = { -readonly [K in keyof TurnReport]: TurnReport[K] }

interface HopNeeds {
  readonly url: URL
  readonly order: Order
  readonly means: Means
  readonly atHome: boolean
  readonly report: Report
}

async function oneHop({ url, order, means, atHome, report }: HopNeeds, signal: AbortSignal): Promise<Hop> {
  const headers = requestHeaders(order.asking, order.known, { policy: order.policy, atHome })
  const waited = idleMs()
  const response = await head(url, { headers, means }, signal)
  Object.assign(report, headReport(response, waited()))
  const onBytes = (bytes: number) => void (report.bytes += bytes)
  const answer: Answer = { url, headers: response.headers, body: response.body, onBytes }
  try {
    if (response.statusCode === 304 && isConditional(headers)) {
      order.hear?.(response.headers, url, true)
      return drained(response, { unchanged: true })
    }
    if (isRedirect(response.statusCode))
      return drained(response, { next: redirectTarget(response.headers, url, means.rules) })
    const refused = refusal(response.statusCode, response.headers, url)
    if (refused) throw refused
    order.hear?.(response.headers, url, false)
    const bytes = await limitedBody(answer, order.limits(response.headers, url), signal)
    if (bytes.length === 0) throw new MagpieError('body_empty', `The answer of ${shown(url)} is empty.`)
    return { whole: { url, headers: response.headers, bytes } }
  } catch (thrown) {
    drained(response, null)
    throw thrown
  }
}

function headReport(
  { statusCode, headers }: Dispatcher.ResponseData,
  firstByteMs: number,
): Partial<TurnReport> {
  const retryAfterMs = askedForMs(statusCode, headers)
  return { status: statusCode, firstByteMs, ...(retryAfterMs !== undefined && { retryAfterMs }) }
}

/** How long we have been waiting: what this process was busy with meanwhile says nothing of the host. */
function idleMs(): () => number {
  const since = performance.eventLoopUtilization()
  return () => performance.eventLoopUtilization(since).idle
}

/** Waits for the headers of the answer. */
async function head(
  url: URL,
  { headers, means }: { headers: Record<string, string>; means: Means },
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  const first = new AbortController()
  const timer = setTimeout(
    () => first.abort(tooSlow(url, 'FETCH_FIRST_BYTE_MS', means.firstByteMs)),
    means.firstByteMs,
  )
  const both = AbortSignal.any([signal, first.signal])
  try {
    // undici's own timers fire late and are renewed by every interim answer; ours are the only ones.
    return await request(url, {
      dispatcher: means.agent,
      headers,
      signal: both,
      headersTimeout: 0,
      bodyTimeout: 0,
    })
  } catch (thrown) {
    both.throwIfAborted()
    throw failure(thrown, url, 'head')
  } finally {
    clearTimeout(timer)
  }
}

/** Lets go of a body that nobody wants: a small one is read so that the connection may be used again, others are cut off. */
function drained<T>(response: Dispatcher.ResponseData, outcome: T): T {
  const { body, headers } = response
  if (body.destroyed) return outcome
  body.on('error', () => {})
  const length = Number(headers['content-length'] ?? Infinity)
  if (length <= 16_384)
    void body.dump({ limit: 16_384, signal: AbortSignal.timeout(1000) }).catch(() => body.destroy())
  else body.destroy()
  return outcome
}

/** Downloads from the open web: polite to hosts, bounded in bytes and time, blind to private networks. */
export interface Fetcher {
  /** An HTML document as text; null when the source answers 304 to the validators. */
  page(url: string, known: Validators | null, signal: AbortSignal): Promise<FetchedPage | null>
  /** Null when the source answers 304 to the validators. */
  image(url: string, known: Validators | null, signal: AbortSignal): Promise<Fetched | null>
}

/** The validators of RFC 9110 §8.8, kept to ask whether a source has changed. */
export interface Validators {
  readonly etag?: string
  readonly lastModified?: string
}

/** What a source says of the use of what it sent: in its headers, in the page itself, in its site's tdmrep.json. */
export interface Signals {
  /** The directives for all robots and, with our name before them, for us, in lower case: `noai`, `magpie: noindex`. */
  readonly robots: readonly string[]
  /** Whether the right to text and data mining is reserved, 1, or not, 0; null when nothing is said. */
  readonly tdmReservation: 0 | 1 | null
  /** Where the terms for mining are; null without a reservation. */
  readonly tdmPolicy: string | null
  /** The Content-Usage header in one spelling: `search=y, train-ai=n`. */
  readonly contentUsage: string | null
}

/** The signals of what did not come from its source, as a saved page. */
export const noSignals: Signals = { robots: [], tdmReservation: null, tdmPolicy: null, contentUsage: null }

/** Bytes as the source sent them, whole, decompressed, not yet decoded. */
export interface Fetched {
  /** Where they came from in the end, after redirects. */
  readonly url: string
  readonly bytes: Uint8Array
  /** What the source's header claims; the content decides. */
  readonly mediaType: string | null
  readonly validators: Validators
  readonly signals: Signals
}

export interface FetchedPage {
  readonly url: string
  readonly html: string
  readonly validators: Validators
  readonly signals: Signals
}

/** What a source allows and wants: rates, headers, robots. Limits that are absent are none. */
export interface FetchPolicy {
  /** Requests under way at once to one host. */
  readonly hostConcurrency: number
  /** The least time between the starts of two requests to one host. */
  readonly hostDelayMs: number
  /** Above 0, requests go in batches of `hostConcurrency`, and so long passes between the end of one and the next. */
  readonly batchPauseMs?: number
  readonly requestsPerSecond?: number | null
  readonly requestsPerMinute?: number | null
  readonly requestsPerHour?: number | null
  readonly requestsPerDay?: number | null
  readonly bytesPerHour?: number | null
  /** Sent with every request to the policy's sources; never across a redirect to another origin. */
  readonly headers: Readonly<Record<string, string>>
  readonly robots: 'respect' | 'ignore'
  /** Whether a signal by which a source opts out of being collected is heeded; it is where nothing is said. */
  readonly optOut?: 'respect' | 'ignore'
}

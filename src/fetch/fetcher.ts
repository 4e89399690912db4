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

/** Bytes as the source sent them, whole, decompressed, not yet decoded. */
export interface Fetched {
  /** Where they came from in the end, after redirects. */
  readonly url: string
  readonly bytes: Uint8Array
  /** What the source's header claims; the content decides. */
  readonly mediaType: string | null
  readonly validators: Validators
}

export interface FetchedPage {
  readonly url: string
  readonly html: string
  readonly validators: Validators
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
  /** Whether a reservation against being collected is heeded; it is where nothing is said. */
  readonly optOut?: 'respect' | 'ignore'
}

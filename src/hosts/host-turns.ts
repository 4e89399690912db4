/** How often and how heavily one host may be asked. Times in milliseconds; absent or null is no limit. */
export interface HostLimits {
  /** Requests under way at once. */
  readonly hostConcurrency: number
  /** The least time between the starts of two requests. */
  readonly hostDelayMs: number
  /** Above 0, requests go in batches of `hostConcurrency`, and so long passes between the end of one and the next. */
  readonly batchPauseMs?: number
  readonly requestsPerSecond?: number | null
  readonly requestsPerMinute?: number | null
  readonly requestsPerHour?: number | null
  readonly requestsPerDay?: number | null
  readonly bytesPerHour?: number | null
}

/** One request that wants to be made. */
export interface TurnAsk {
  /** The host and its port. */
  readonly host: string
  /** What is wanted of it, as a digest: equal wants have equal answers. */
  readonly want: string
  /** Whether no other process may ask for the same at the same time. */
  readonly alone: boolean
  /** Whether part of the work is done already, a redirect followed, so that a longer wait is worth while. */
  readonly begun: boolean
  readonly limits: HostLimits
}

/** How a request ended. With neither status nor code, nothing is learnt from it. */
export interface TurnReport {
  readonly status?: number | undefined
  /** What went wrong, if anything did. */
  readonly code?: string | undefined
  /** How long the head of the answer was waited for. */
  readonly firstByteMs?: number | undefined
  /** What came over the wire. */
  readonly bytes: number
  /** The host's own word on when to come back. */
  readonly retryAfterMs?: number | undefined
}

/** Leave to make one request now. */
export interface Turn {
  /** Gives the turn back, whatever became of the request. */
  end(report: TurnReport): void
}

/** What is known of a host, for people and for figures. */
export interface HostStanding {
  readonly host: string
  readonly underWay: number
  /** The share of its limits that the host is asked at: 1, halved where it is slow or busy, and slowly restored. */
  readonly rate: number
  readonly pausedUntil: Date | null
  /** Why it is paused: a code of the table of errors. */
  readonly reason: string | null
  /** Requests made and bytes fetched in the windows that are counted. */
  readonly used: Readonly<Record<string, number>>
}

/** Whose turn it is to ask a host, over all processes together. */
export interface Hosts {
  /**
   * Waits until a request may start, first come, first served, as long as that is near. Throws `host_busy`,
   * `host_paused` or `fetch_under_way` with the time of its turn as `retryAfterMs`, `database_unavailable`, or the
   * signal's reason.
   */
  take(ask: TurnAsk, signal: AbortSignal): Promise<Turn>
  /** The hosts that were asked lately or are paused, a thousand at most. */
  states(): Promise<readonly HostStanding[]>
  /** Ends a host's pause by hand, with or without a usual port; whether the host is known. */
  resume(host: string): Promise<boolean>
  /** Writes down what ended last. Turns still held run out by themselves. */
  close(): Promise<void>
}

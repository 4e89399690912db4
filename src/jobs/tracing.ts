/** What is known of a span, by its name in OpenTelemetry's conventions or below `magpie.`; null and undefined are left out. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | null | undefined>>

/** A stretch of work that can be looked at afterwards, inside the one that was under way when it began. */
export interface Span {
  /** Null when nobody records it. */
  readonly traceId: string | null
  set(attributes: SpanAttributes): void
  /** It did not end well: a code from the table of errors, or a status of HTTP. */
  failed(code: string, message?: string): void
}

export interface SpanStart {
  readonly name: string
  /** `client` asks others, `consumer` does a job; `internal`, the rest. */
  readonly kind?: 'internal' | 'client' | 'consumer'
  /** Asked for only when somebody records. */
  readonly attributes?: () => SpanAttributes
}

/** Records spans, if anybody wants them. */
export interface Tracing {
  /** Does something, at once or in time, as a span that ends when it does; what is thrown marks the span as failed. */
  span<T>(start: SpanStart, go: (span: Span) => T): T
}

/** A span that nobody looks at. */
export const unseen: Span = { traceId: null, set: () => undefined, failed: () => undefined }

/** Records nothing. */
export const noTracing: Tracing = { span: (_, go) => go(unseen) }

import type { UrlRules } from '../checked-url.ts'
import type { Resolve } from '../guarded-connector.ts'
import type { AllowedHosts } from '../public-addresses.ts'

/** A picture that a page asked for while it was rendered. */
export interface SeenPicture {
  readonly url: string
  /** Whether it came, and was one; otherwise a picture was asked for, and what would have come is not known. */
  readonly isPicture: boolean
}

/** A bound that a page met, so that there may be more on it than was seen. */
export type Limit = 'time' | 'bytes' | 'requests' | 'size'

/** A page as a browser shows it. */
export interface Rendered {
  /** Where the page was in the end. */
  readonly url: string
  /** Its document after scripts and scrolling, as markup. */
  readonly html: string
  readonly pictures: readonly SeenPicture[]
  readonly ms: number
  readonly limits: readonly Limit[]
}

/** A page to be rendered: its document is here already, fetched as all pages are. */
export interface PageToRender {
  readonly url: string
  readonly html: string
  /** How a document is fetched that the page itself goes on to. */
  readonly page: (
    url: string,
    signal: AbortSignal,
  ) => Promise<{ readonly url: string; readonly html: string }>
}

/** What rendering one page needs. */
export interface RenderMeans {
  readonly document: (url: string) => Promise<{ readonly url: string; readonly html: string }>
  readonly userAgent: (version: string) => string
  readonly allowed: AllowedHosts
  readonly rules: UrlRules
  readonly resolve?: Resolve
  readonly connectTimeoutMs: number
  readonly timeoutMs: number
  readonly maxRequests: number
  readonly maxBytes: number
  readonly maxMemory: number
  /** The most characters of markup. */
  readonly maxSize: number
  readonly refused: (host: string, error: Error) => void
}

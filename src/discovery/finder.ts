import type { Candidate } from '../catalog/image.ts'
import type { Source } from '../catalog/item.ts'
import type { NextPage } from './pages/pagination.ts'

/** A way of finding candidates, in the order a reader would meet them. */
export interface Finder<Kind extends Source['kind'] = Source['kind']> {
  readonly kind: Kind
  find(source: Extract<Source, { kind: Kind }>, signal: AbortSignal): AsyncIterable<Candidate>
}

/** One of the repeated entries of a list page. */
export interface PageRecord {
  readonly url: string | null
  readonly title: string | null
  readonly images: readonly string[]
}

/** All that one page says: every candidate once, in page order. */
export interface Findings {
  /** The page's address after `<base>`; relative URLs were resolved against it. */
  readonly base: string
  readonly title: string | null
  readonly candidates: readonly FoundCandidate[]
  readonly records: readonly PageRecord[]
  /** The page after this one, where the page says that there is one. */
  readonly next: NextPage | null
  readonly leftOut: LeftOut
}

/** What was seen and left out, so that an empty answer can be explained. */
export interface LeftOut {
  readonly dataUris: number
  /** Not http(s), not a URL at all, or a template with its blanks not filled in. */
  readonly unusableUrls: number
  /** Candidates beyond the most that one page may give. */
  readonly surplus: number
}

export interface FoundCandidate extends Candidate {
  /** Index into the records, or null. */
  readonly record: number | null
}

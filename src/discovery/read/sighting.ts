import type { Candidate, FoundIn } from '../../catalog/image.ts'
import type { Zone } from './zones.ts'

/**
 * What the place of a URL promises of its size, where nothing says it in numbers: a thumbnail, what is shown at first,
 * what is loaded later, a zoom or a link's target.
 */
export type Grade = 'small' | 'shown' | 'later' | 'large'

/** A URL as the page wrote it, with what the markup says of its size in pixels. */
export interface WrittenUrl {
  readonly text: string
  readonly grade: Grade
  readonly width?: number
  readonly height?: number
  readonly density?: number
}

/** Where in the reading order a sighting counts: stated about the page, met while reading, or behind the page. */
export type Standing = 'stated' | 'read' | 'behind'

/** One picture met at one place of a page, under all the URLs that the place gives it. */
export interface Sighting {
  readonly urls: readonly WrittenUrl[]
  readonly foundIn: FoundIn
  /** Sightings with one owner (an element, or what wraps it) are one picture. */
  readonly owner: object
  readonly standing: Standing
  /** "og:image" and kin, where the page declares this to be its main picture. */
  readonly declaredBy: string | null
  readonly altText: string | null
  readonly context: string | null
  readonly declared: Candidate['declared']
  /** Class names, ids and keys around it, for the score. */
  readonly label: string
  readonly zones: ReadonlySet<Zone>
  /** The link around it: to a picture file, to another page, or none. */
  readonly linksTo: 'picture' | 'page' | null
  readonly linkHref: string | null
  /** Counts elements from the page's start. */
  readonly order: number
}

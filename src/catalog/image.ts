import type { ErrorCode } from '../errors.ts'
import type { Bounds } from '../imaging/facts.ts'
import type { Signals, Validators } from '../fetch/fetcher.ts'
import type { AssetId, ImageId, ItemId } from './ids.ts'

/** Where on a page, in a feed or by what search a candidate was met. */
export type FoundIn =
  'img' | 'srcset' | 'lazy' | 'css' | 'meta' | 'json-ld' | 'microdata' | 'state' | 'link' | 'feed' | 'search'

/** What a picture shows. */
export type ImageKind = 'product' | 'lifestyle' | 'graphic' | 'other'

/** A URL that may show the item, and what was said around it. Position 0 comes first. */
export interface Candidate {
  readonly url: string
  readonly position: number
  readonly foundIn: FoundIn
  readonly declaredPrimary: boolean
  readonly altText: string | null
  /** Words near it: a caption, a heading, the link's text. */
  readonly context: string | null
  /** The size that the markup claims. */
  readonly declared: Partial<Bounds>
  /** What the markup alone promises, 0 to 100: enough to choose what to fetch, never what to keep. */
  readonly expected: { readonly score: number; readonly kind: ImageKind; readonly reasons: readonly string[] }
}

/** A candidate in its item, and how far it has come. */
export type Image = Candidate & {
  readonly id: ImageId
  readonly itemId: ItemId
  /** Counts the pictures that this image has been; part of its public address. */
  readonly version: number
} & ImageState

export type ImageState =
  | { readonly state: 'pending' }
  /** A stale image is served while its successor is fetched. */
  | ({ readonly state: 'ready' | 'stale' } & Held)
  /** Judged unfit: before it was fetched, after, or beside its siblings, and only then do we hold its bytes. */
  | {
      readonly state: 'rejected'
      readonly verdict: Rejected
      readonly assetId: AssetId | null
      readonly fetchedAt: Date | null
    }
  | ({ readonly state: 'failed' } & Failure)
  | { readonly state: 'gone'; readonly since: Date }

/** What is known of an image whose bytes we hold. */
export interface Held {
  readonly assetId: AssetId
  /** Where we show it: a pure function of source position, score, pins and hides. */
  readonly rank: number
  readonly verdict: Accepted
  readonly fetchedAt: Date
  /** Which URL gave the bytes, and is asked whether they have changed; null when it is the image's own. */
  readonly fetchedUrl: string | null
  readonly validators: Validators
  /** What the source said of the use of it when it last sent it; null when nobody listened yet. */
  readonly signals: Signals | null
}

/** What went wrong, where, and when. */
export interface Failure {
  readonly stage: Stage
  readonly code: ErrorCode
  readonly message: string
  readonly failedAt: Date
  /** When it is tried again by itself; null when it is not. */
  readonly nextAttemptAt: Date | null
}

/** The named parts whose sum is the score. */
export type ScorePart =
  'resolution' | 'sharpness' | 'detail' | 'exposure' | 'contrast' | 'shape' | 'context' | 'deductions'

export interface Accepted {
  readonly accepted: true
  /** From 0, useless, to 100; the sum of its parts. */
  readonly score: number
  readonly parts: Readonly<Record<ScorePart, number>>
  /** What the picture shows. */
  readonly kind: ImageKind
  /** Whether it leads its item: at most one does. A hero is also a product or a lifestyle picture. */
  readonly hero: boolean
  /** Why, for people: "1200×1200", "plain border", "alt names the product". */
  readonly reasons: readonly string[]
}

export type RejectReason =
  'too-small' | 'low-score' | 'near-duplicate' | 'placeholder' | 'graphic' | 'surplus'

export interface Rejected {
  readonly accepted: false
  readonly reason: RejectReason
  /** What was measured, for people. */
  readonly detail: string
  /** Where its siblings decided, as for duplicates and surplus: what it is worth without them. */
  readonly otherwise?: Accepted
}

export type Verdict = Accepted | Rejected

/** Where on its walk an image was when something went wrong. */
export type Stage = 'discover' | 'fetch' | 'inspect' | 'assess' | 'render' | 'store' | 'record'

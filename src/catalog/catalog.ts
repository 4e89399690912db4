import type { FetchPolicy } from '../fetch/fetcher.ts'
import type { Bounds } from '../imaging/facts.ts'
import type { VariantSpec } from '../imaging/variant-spec.ts'
import type { StoreName } from '../storage/blob-store.ts'

export type ItemKind = 'product' | 'vehicle' | 'property' | 'campaign' | 'other'

/** One upstream catalogue and how its images are handled. A row, validated; never code. */
export interface Catalog {
  readonly name: string
  readonly itemKind: ItemKind
  readonly store: StoreName
  readonly keep: { readonly maxImages: number; readonly minScore: number; readonly min: Bounds }
  readonly order: 'source' | 'score'
  readonly variants: readonly VariantSpec[]
  /** May we answer with the source's own URL? Some feeds forbid it. */
  readonly hotlink: 'never' | 'until-ready'
  readonly freshness: FreshnessPolicy
  readonly policy: FetchPolicy
}

export interface FreshnessPolicy {
  /** How long an image may be used without asking its source. */
  readonly freshForMs: number
}

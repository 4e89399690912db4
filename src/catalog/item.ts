import type { ItemId } from './ids.ts'

/** What images illustrate: a vehicle, a property, a product, a campaign. */
export interface Item {
  readonly id: ItemId
  readonly catalog: string
  /** The catalogue's own key: a RESO ListingKey, a SKU, an ad's URL. */
  readonly externalId: string
  readonly title: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly sources: readonly Source[]
  readonly status: 'active' | 'inactive'
  readonly eligible: boolean
  /** Upstream's own last word that the item's media changed; compared with its next word, never with our clock. */
  readonly mediaChangedAt: string | null
}

/** Where an item's images are looked for. */
export type Source =
  | { readonly kind: 'page'; readonly url: string }
  | { readonly kind: 'feed'; readonly url: string; readonly entry: string }
  | { readonly kind: 'search'; readonly query: string; readonly limit: number }

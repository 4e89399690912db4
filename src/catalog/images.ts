import type { Tx } from '../database.ts'
import type { Signals, Validators } from '../fetch/fetcher.ts'
import type { Asset } from './asset.ts'
import type { Catalog } from './catalog.ts'
import type { Accepted, Failure, Image, Rejected } from './image.ts'
import type { AssetId, ImageId, ItemId } from './ids.ts'

/** An image about to be ingested, with all that decides how. */
export interface ToIngest {
  readonly image: Image
  readonly catalog: Catalog
  /** What it showed last, if we still hold that, with the validators to ask the source by. */
  readonly held: {
    readonly asset: Asset
    readonly validators: Validators
    readonly fetchedUrl: string | null
  } | null
  /** What another image with the same URL shows, in whatever item, if we would have asked for it in the same way; looked for only where nothing is held. */
  readonly twin: Twin | null
}

/** A held image of the same URL, in whatever item. */
export interface Twin {
  readonly asset: Asset
  readonly validators: Validators
  readonly signals: Signals | undefined
  readonly fetchedAt: Date
  readonly fetchedUrl: string | null
}

/** An image with the facts of the bytes it shows. */
export type ShownImage = Image & { readonly asset: Asset | null }

/** A failure to be noted now. */
export type NewFailure = Omit<Failure, 'failedAt' | 'nextAttemptAt'> & {
  /** Null: it is not tried again by itself. */
  readonly nextAttemptInMs: number | null
}

/** An image whose source is to be asked. */
export interface Due {
  readonly id: ImageId
  readonly url: string
}

/** What an arrangement decided for one image. */
export type Placement =
  | { readonly id: ImageId; readonly rank: number; readonly verdict: Accepted }
  | { readonly id: ImageId; readonly verdict: Rejected }

/** The images' table. What writes takes a transaction, and writes only if the image is still the one we set out for. */
export interface Images {
  find(id: ImageId): Promise<(ShownImage & { readonly catalog: string }) | null>
  findToIngest(id: ImageId): Promise<ToIngest | null>
  hold(
    tx: Tx,
    image: Image,
    held: {
      assetId: AssetId
      verdict: Accepted
      validators: Validators
      signals?: Signals
      fetchedAt?: Date
      /** Absent: no other image may take it over. */
      terms?: string
      /** Which URL gave the bytes; absent or null: its own. */
      fetchedUrl?: string | null
    },
  ): Promise<void>
  reject(
    tx: Tx,
    image: Image,
    rejected: {
      verdict: Rejected
      assetId: AssetId | null
      validators: Validators | null
      signals?: Signals
      fetchedUrl?: string | null
    },
  ): Promise<void>
  /**
   * A stale image stays in use, with the failure noted; a pending one becomes `failed`, whether it is tried again by
   * itself or not. One that another job has settled meanwhile stays as it is, and null is answered.
   */
  fail(tx: Tx, id: ImageId, failure: NewFailure): Promise<ItemId | null>
  markGone(tx: Tx, id: ImageId): Promise<ItemId | null>
  /**
   * Whether none of the item's images waits any more; of several who ask at once, one is told. Locks the item, so that
   * of two workers that settle its last two images one sees the other.
   */
  settledNow(tx: Tx, itemId: ItemId): Promise<boolean>
  ofItem(itemId: ItemId): Promise<readonly ShownImage[]>
  /** The same inside a transaction, for deciding on what is then written. */
  ofItemIn(tx: Tx, itemId: ItemId): Promise<readonly ShownImage[]>
  /** Images whose source is to be asked again although their page is the same: held too long, failed in passing, or waiting. */
  reopen(tx: Tx, itemId: ItemId, freshness: Catalog['freshness']): Promise<readonly Due[]>
  place(tx: Tx, itemId: ItemId, placements: readonly Placement[]): Promise<void>
  /** Images whose bytes were judged unfit by limits that are no more become pending: they were not kept. */
  reconsider(tx: Tx, itemId: ItemId): Promise<void>
  /** Images refused as surplus before they were fetched become pending. */
  promote(tx: Tx, ids: readonly ImageId[]): Promise<void>
}

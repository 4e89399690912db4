import type { Facts } from '../imaging/facts.ts'
import type { BlobRef } from '../storage/blob-store.ts'
import type { AssetId } from './ids.ts'

/** Bytes held once, with what is known of them. */
export interface Asset {
  readonly id: AssetId
  readonly blob: BlobRef
  readonly facts: Facts
}

import type { BlobRef } from '../storage/blob-store.ts'

/** The answer to "where is this image, in this variant?" Good for minutes; the blob it names, for ever. */
export type Delivery =
  | { readonly kind: 'redirect'; readonly path: string }
  | {
      readonly kind: 'stream'
      readonly blob: BlobRef
      /** A strong validator: equal tags, equal bytes. */
      readonly etag: string
      /** What a person who saves it gets to see. */
      readonly fileName: string
      body(): Promise<Uint8Array | ReadableStream<Uint8Array>>
    }
  /** Nothing to show yet. */
  | { readonly kind: 'placeholder'; readonly retryAfterSeconds: number }

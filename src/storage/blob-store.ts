/** The stores that can be named; each has its files in `stores/`. */
export const storeNames = ['disk', 's3', 'memory'] as const
export type StoreName = (typeof storeNames)[number]

/** One entry of a store's listing. */
export interface ListedBlob {
  readonly key: string
  readonly modifiedAt: Date
  readonly byteSize: number
}

/** A place for bytes. One suite of tests for all implementations in `stores/`. */
export interface BlobStore {
  readonly name: StoreName
  /**
   * Once it resolves the bytes are held, through a loss of power too. A key names its bytes for ever, so putting it
   * again is fine and changes nothing; what is held at another size is taken for damaged and written anew.
   */
  put(key: string, bytes: Uint8Array, meta: { readonly mediaType: string }): Promise<void>
  /** The blob as a stream, to be read to its end or cancelled. Throws `blob_not_found` when there is none. */
  get(key: string): Promise<ReadableStream<Uint8Array>>
  /**
   * The whole blob at once, for decoding and for answers so small that a stream costs more than the bytes (under some
   * 100 KB). Throws `blob_not_found` when there is none, `blob_damaged` when it is seen not to be what was put.
   */
  read(key: string): Promise<Uint8Array>
  exists(key: string): Promise<boolean>
  /** Deleting what is not there is fine. */
  delete(key: string): Promise<void>
  /** The public address; null when there is none and we must stream. */
  url(key: string): string | null
  /** An address that shows the blob to whoever has it, for so long. Only in stores that can sign one. */
  signedUrl?(key: string, forSeconds: number): Promise<string>
  /** Only in stores that resize by themselves. */
  variantUrl?(key: string, variant: string): string
  /**
   * All blobs whose key begins with the prefix, in no particular order, in bounded memory; never ends early without
   * throwing, so that what is not listed is not there. Only in stores that can be listed; verifying needs it.
   */
  keys?(prefix: string): AsyncIterable<ListedBlob>
  /**
   * Proves, by writing, that the store takes blobs now: for whoever waits for one that was away or full. Throws
   * `store_unavailable`, `store_full`.
   */
  probe(): Promise<void>
}

/** Where a blob lies and what it is: enough to send it without asking the store first. */
export interface BlobRef {
  readonly store: StoreName
  readonly key: string
  readonly mediaType: string
  readonly byteSize: number
}

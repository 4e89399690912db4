/** The stores that can be named; each has one file in `stores/`. */
export type StoreName = 'disk' | 'memory'

/** A place for bytes. One suite of tests for all implementations in `stores/`. */
export interface BlobStore {
  readonly name: StoreName
  /** A key names its bytes for ever, so putting it again is fine and changes nothing. */
  put(key: string, bytes: Uint8Array, meta: { readonly mediaType: string }): Promise<void>
  /** Throws `blob_not_found` when there is none. */
  get(key: string): Promise<ReadableStream<Uint8Array>>
  exists(key: string): Promise<boolean>
  /** Deleting what is not there is fine. */
  delete(key: string): Promise<void>
  /** The public address; null when there is none and we must stream. */
  url(key: string): string | null
  /** Only in stores that resize by themselves. */
  variantUrl?(key: string, variant: string): string
  /** Only in stores that can be listed; verifying needs it. */
  keys?(
    prefix: string,
  ): AsyncIterable<{ readonly key: string; readonly modifiedAt: Date; readonly byteSize: number }>
}

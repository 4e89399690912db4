import { MagpieError } from '../../errors.ts'
import type { BlobStore } from '../blob-store.ts'

/** Blobs in this process's memory, gone with it: for tests and for trying things out. */
export function memoryStore(): BlobStore {
  const blobs = new Map<string, { readonly bytes: Uint8Array; readonly modifiedAt: Date }>()

  const read = async (key: string) => {
    const blob = blobs.get(key)
    if (!blob) throw new MagpieError('blob_not_found', `the memory store has no blob ${key}`)
    return blob.bytes.slice()
  }

  return {
    name: 'memory',
    async put(key, bytes) {
      if (blobs.get(key)?.bytes.byteLength === bytes.byteLength) return
      // A copy, as with any other store: what the caller does to its buffer afterwards is no concern of the blob.
      blobs.set(key, { bytes: bytes.slice(), modifiedAt: new Date() })
    },
    get: async (key) => new Blob([await read(key)]).stream(),
    read,
    exists: async (key) => blobs.has(key),
    async delete(key) {
      blobs.delete(key)
    },
    url: () => null,
    probe: async () => undefined,
    async *keys(prefix) {
      for (const [key, { bytes, modifiedAt }] of blobs) {
        if (key.startsWith(prefix)) yield { key, modifiedAt, byteSize: bytes.byteLength }
      }
    },
  }
}

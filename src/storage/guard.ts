import { createHash } from 'node:crypto'
import { MagpieError } from '../errors.ts'
import { digestOfOriginal } from './blob-key.ts'
import type { BlobStore, ListedBlob } from './blob-store.ts'
import { isFull } from './stores/disk-room.ts'

/** Folders and a name, in characters that mean the same on every file system, in every URL and in every bucket. */
const safeKey = /^[a-z0-9][a-z0-9_-]*(\/[a-z0-9][a-z0-9_-]*)*(\.[a-z0-9]{1,8})?$/
const safePrefix = /^([a-z0-9][a-z0-9_-]*\/)*([a-z0-9][a-z0-9_-]*)?$/
/** The longest file name of common file systems is 255 bytes; a suffix for a temporary copy has room. */
const maxKeyLength = 240

/**
 * Stands before every store: checks keys on the way in, originals against their digest on the way out, and gives
 * failures a code.
 */
export function guarded(store: BlobStore): BlobStore {
  const coding = async <T>(what: string, go: () => Promise<T>): Promise<T> => {
    try {
      return await go()
    } catch (cause) {
      throw coded(store, what, cause)
    }
  }
  const through = async <T>(what: string, key: string, go: () => Promise<T>): Promise<T> =>
    coding(`${what} ${checkKey(key)}`, go)
  return {
    ...store,
    put: (key, bytes, meta) => through('put', key, () => store.put(key, bytes, meta)),
    get: (key) => through('get', key, () => store.get(key)),
    read: (key) => through('read', key, () => readWhole(store, key)),
    exists: (key) => through('look for', key, () => store.exists(key)),
    delete: (key) => through('delete', key, () => store.delete(key)),
    // An original is never public: it may say where it was taken, and by whom.
    url: (key) => (digestOfOriginal(checkKey(key)) === null ? store.url(key) : null),
    probe: () => coding('take blobs', () => store.probe()),
    ...(store.signedUrl && {
      signedUrl: (key, forSeconds) => through('sign', key, () => store.signedUrl!(key, forSeconds)),
    }),
    ...(store.variantUrl && { variantUrl: (key, variant) => store.variantUrl!(checkKey(key), variant) }),
    ...(store.keys && { keys: (prefix) => listed(store, prefix, () => store.keys!(prefix)) }),
  }
}

async function* listed(
  store: BlobStore,
  prefix: string,
  list: () => AsyncIterable<ListedBlob>,
): AsyncGenerator<ListedBlob> {
  if (prefix.length > maxKeyLength || !safePrefix.test(prefix)) {
    throw new TypeError(`unsafe prefix of blob keys: ${prefix}`)
  }
  try {
    // What has no key of ours was put there by somebody else.
    for await (const blob of list()) if (isSafe(blob.key)) yield blob
  } catch (cause) {
    throw coded(store, `list ${prefix}`, cause)
  }
}

/** Twice, if it has to be: what is damaged under way is whole the next time, what is damaged in the store is not. */
async function readWhole(store: BlobStore, key: string): Promise<Uint8Array> {
  const digest = digestOfOriginal(key)
  for (let left = 2; left > 0; left--) {
    const bytes = await store.read(key)
    if (digest === null || createHash('sha256').update(bytes).digest('hex') === digest) return bytes
  }
  throw new MagpieError('blob_damaged', `what the ${store.name} store holds as ${key} has another digest`)
}

const isSafe = (key: string) => key.length <= maxKeyLength && safeKey.test(key)

function checkKey(key: string): string {
  if (!isSafe(key)) throw new TypeError(`unsafe blob key: ${key}`)
  return key
}

function coded(store: BlobStore, what: string, cause: unknown): MagpieError {
  if (cause instanceof MagpieError) return cause
  const message = `the ${store.name} store could not ${what}: ${cause instanceof Error ? cause.message : String(cause)}`
  if (isFull(cause)) return new MagpieError('store_full', `The disk is full: ${message}`, { cause })
  return new MagpieError('store_unavailable', message, { cause })
}

import { MagpieError } from '../errors.ts'
import type { BlobStore, ListedBlob } from './blob-store.ts'

/** Folders and a name, in characters that mean the same on every file system, in every URL and in every bucket. */
const safeKey = /^[a-z0-9][a-z0-9_-]*(\/[a-z0-9][a-z0-9_-]*)*(\.[a-z0-9]{1,8})?$/
const safePrefix = /^([a-z0-9][a-z0-9_-]*\/)*([a-z0-9][a-z0-9_-]*)?$/
/** The longest file name of common file systems is 255 bytes; a suffix for a temporary copy has room. */
const maxKeyLength = 240

/** Stands before every store: checks keys on the way in, gives failures a code on the way out. */
export function guarded(store: BlobStore): BlobStore {
  const through = async <T>(what: string, key: string, go: () => Promise<T>): Promise<T> => {
    checkKey(key)
    try {
      return await go()
    } catch (cause) {
      throw coded(store, `${what} ${key}`, cause)
    }
  }
  return {
    ...store,
    put: (key, bytes, meta) => through('put', key, () => store.put(key, bytes, meta)),
    get: (key) => through('get', key, () => store.get(key)),
    read: (key) => through('read', key, () => store.read(key)),
    exists: (key) => through('look for', key, () => store.exists(key)),
    delete: (key) => through('delete', key, () => store.delete(key)),
    url: (key) => store.url(checkKey(key)),
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
    yield* list()
  } catch (cause) {
    throw coded(store, `list ${prefix}`, cause)
  }
}

function checkKey(key: string): string {
  if (key.length > maxKeyLength || !safeKey.test(key)) throw new TypeError(`unsafe blob key: ${key}`)
  return key
}

function coded(store: BlobStore, what: string, cause: unknown): MagpieError {
  if (cause instanceof MagpieError) return cause
  const message = `the ${store.name} store could not ${what}: ${cause instanceof Error ? cause.message : String(cause)}`
  return new MagpieError(isFull(cause) ? 'store_full' : 'store_unavailable', message, { cause })
}

const isFull = (cause: unknown) =>
  cause instanceof Error && 'code' in cause && (cause.code === 'ENOSPC' || cause.code === 'EDQUOT')

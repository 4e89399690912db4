import { createHash } from 'node:crypto'
import type { Asset } from '../catalog/asset.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { AssetId } from '../catalog/ids.ts'
import type { Facts } from '../imaging/facts.ts'
import { originalKey } from '../storage/blob-key.ts'
import { asMagpieError, MagpieError } from '../errors.ts'
import type { BlobRef, BlobStore, StoreName } from '../storage/blob-store.ts'
import { pausing, type Pause } from './pause.ts'

interface Deps {
  readonly storeNamed: (name: StoreName) => BlobStore
  readonly pause: Pause
}

/** Puts an original where its catalogue keeps them, or where it lies already. */
export type KeepOriginal = (
  bytes: Uint8Array,
  facts: Facts,
  place: Pick<Catalog, 'store'> & { readonly before: BlobRef | null },
  signal: AbortSignal,
) => Promise<Asset>

export const digestOf = (bytes: Uint8Array): AssetId =>
  createHash('sha256').update(bytes).digest('hex') as AssetId

const extensions: Readonly<Record<Facts['mediaType'], string>> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'image/avif': 'avif',
}

/**
 * Puts an original into its store under its digest: once, whoever brings it. The row follows with the job's outcome, so
 * a crash in between leaves a blob that no row names, and never the other way round. Before it, the asset has to be
 * touched, or a sweep may take the blob away again.
 */
export const keepOriginal =
  ({ storeNamed, pause }: Deps): KeepOriginal =>
  async (bytes, facts, place, signal) => {
    const blob = place.before ?? {
      store: place.store,
      key: originalKey(facts.digest, extensions[facts.mediaType]),
      mediaType: facts.mediaType,
      byteSize: facts.byteSize,
    }
    const store = storeNamed(blob.store)
    await patiently(() => store.put(blob.key, bytes, { mediaType: blob.mediaType }), { store, pause, signal })
    return { id: facts.digest as AssetId, blob, facts }
  }

/** A store that takes a probe and refuses the blob so often has something against the blob, unless it wants room. */
const patience = 5

/**
 * Puts, and while the store is full or away waits for it with the bytes in hand: they were somebody's bandwidth.
 * Throws `store_refused` for a blob that a store in good health does not take.
 */
async function patiently(
  put: () => Promise<void>,
  { store, pause, signal }: { store: BlobStore; pause: Pause; signal: AbortSignal },
): Promise<void> {
  for (let times = 1; ; times++) {
    try {
      return await put()
    } catch (thrown) {
      const error = asMagpieError(thrown)
      if (!pausing.has(error.code)) throw error
      // A quota may have room for a probe and for nothing else.
      if (times >= patience && error.code !== 'store_full')
        throw new MagpieError('store_refused', error.message, { cause: error })
      pause.begin(error, () => store.probe())
      // Told to stop while we wait: the store's trouble is not this job's, so no attempt is spent.
      await pause.ready(signal).catch(() => Promise.reject(error))
    }
  }
}

import { createHash } from 'node:crypto'
import type { Asset } from '../catalog/asset.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { AssetId } from '../catalog/ids.ts'
import type { Facts } from '../imaging/facts.ts'
import { originalKey } from '../storage/blob-key.ts'
import type { BlobRef, BlobStore, StoreName } from '../storage/blob-store.ts'

interface Deps {
  readonly storeNamed: (name: StoreName) => BlobStore
}

/** Puts an original where its catalogue keeps them, or where it lies already. */
export type KeepOriginal = (
  bytes: Uint8Array,
  facts: Facts,
  before: BlobRef | null,
  catalog: Catalog,
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
  ({ storeNamed }: Deps): KeepOriginal =>
  async (bytes, facts, before, catalog) => {
    const blob = before ?? {
      store: catalog.store,
      key: originalKey(facts.digest, extensions[facts.mediaType]),
      mediaType: facts.mediaType,
      byteSize: facts.byteSize,
    }
    await storeNamed(blob.store).put(blob.key, bytes, { mediaType: blob.mediaType })
    return { id: facts.digest as AssetId, blob, facts }
  }

import type { Asset } from '../catalog/asset.ts'
import type { Assets } from '../catalog/assets.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { AssetId } from '../catalog/ids.ts'
import type { Facts } from '../imaging/facts.ts'
import { originalKey } from '../storage/blob-key.ts'
import type { BlobStore, StoreName } from '../storage/blob-store.ts'

interface Deps {
  readonly assets: Pick<Assets, 'touch'>
  readonly storeNamed: (name: StoreName) => BlobStore
}

const extensions: Readonly<Record<Facts['mediaType'], string>> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'image/avif': 'avif',
}

/**
 * Puts an original into its catalogue's store, under its digest: once, whoever brings it. The row follows with the
 * job's outcome, so a crash in between leaves a blob that no row names, and never the other way round.
 */
export const keepOriginal =
  ({ assets, storeNamed }: Deps) =>
  async (bytes: Uint8Array, facts: Facts, catalog: Catalog): Promise<Asset> => {
    const id = facts.digest as AssetId
    const known = await assets.touch(id)
    const blob = known?.blob ?? {
      store: catalog.store,
      key: originalKey(facts.digest, extensions[facts.mediaType]),
      mediaType: facts.mediaType,
      byteSize: facts.byteSize,
    }
    await storeNamed(blob.store).put(blob.key, bytes, { mediaType: blob.mediaType })
    return { id, blob, facts }
  }

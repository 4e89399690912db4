import type { Asset } from '../catalog/asset.ts'
import type { Assets, Variant } from '../catalog/assets.ts'
import { inTransaction, type Db } from '../database.ts'
import type { Rendered } from '../imaging/render.ts'
import { specDigest, type VariantSpec } from '../imaging/variant-spec.ts'
import { variantKey } from '../storage/blob-key.ts'
import type { BlobStore, StoreName } from '../storage/blob-store.ts'
import { limiter } from './limiter.ts'

interface Deps {
  readonly db: Db
  readonly assets: Assets
  readonly render: (bytes: Uint8Array, spec: VariantSpec) => Promise<Rendered>
  readonly storeNamed: (name: StoreName) => BlobStore
  readonly cores: number
}

/**
 * Makes a variant from its original and keeps it: blob first, row last. Those who want the same one at the same time
 * share the making.
 */
export function variantMaker(deps: Deps): (asset: Asset, spec: VariantSpec) => Promise<Variant> {
  const underWay = new Map<string, Promise<Variant>>()
  const limited = limiter(deps.cores, 200)
  return (asset, spec) => {
    const what = `${asset.id} ${specDigest(spec)}`
    const before = underWay.get(what)
    if (before) return before
    const making = limited(() => make(deps, asset, spec)).finally(() => underWay.delete(what))
    underWay.set(what, making)
    return making
  }
}

async function make(
  { db, assets, render, storeNamed }: Deps,
  asset: Asset,
  spec: VariantSpec,
): Promise<Variant> {
  const store = storeNamed(asset.blob.store)
  const rendered = await render(await store.read(asset.blob.key), spec)
  const digest = specDigest(spec)
  const key = variantKey(asset.id, spec.name, digest, rendered.extension)
  await store.put(key, rendered.bytes, { mediaType: rendered.mediaType })
  const variant: Variant = {
    assetId: asset.id,
    specDigest: digest,
    name: spec.name,
    blob: {
      store: asset.blob.store,
      key,
      mediaType: rendered.mediaType,
      byteSize: rendered.bytes.byteLength,
    },
    ...rendered.bounds,
  }
  await inTransaction(db, (tx) => assets.saveVariant(tx, variant))
  return variant
}

import type { Asset } from '../catalog/asset.ts'
import type { Assets, Variant } from '../catalog/assets.ts'
import type { Catalogs } from '../catalog/catalogs.ts'
import { isId, type ImageId } from '../catalog/ids.ts'
import type { Images, ShownImage } from '../catalog/images.ts'
import { MagpieError } from '../errors.ts'
import { specDigest, type VariantSpec } from '../imaging/variant-spec.ts'
import type { BlobStore, StoreName } from '../storage/blob-store.ts'
import type { Delivery } from './delivery.ts'
import { imagePath } from './image-url.ts'

interface Deps {
  readonly images: Pick<Images, 'find'>
  readonly catalogs: Pick<Catalogs, 'get'>
  readonly assets: Assets
  readonly makeVariant: (asset: Asset, spec: VariantSpec) => Promise<Variant>
  readonly storeNamed: (name: StoreName) => BlobStore
  /** Told of an image that somebody looks at before it is here, or before it is known to be as it was. */
  readonly hasten: (image: ShownImage) => void
}

/** What is asked for: with a version, that very picture; without, whatever the image shows now. */
export interface Wanted {
  readonly id: string
  readonly version: number | null
  readonly variant: string
  readonly extension: string
}

/** Below this a blob is sent whole: reading it at once is cheaper than a stream. */
const streamFrom = 100_000

/**
 * Decides how an image is answered: the variant, made now if nobody has seen it yet, or the way to the present
 * version. Throws `image_not_found`, `image_not_shown`, `variant_unknown`, `source_gone`.
 */
export function resolver(deps: Deps): (wanted: Wanted) => Promise<Delivery> {
  return async (wanted) => {
    const image = isId(wanted.id) ? await deps.images.find(wanted.id as ImageId) : null
    if (!image) throw new MagpieError('image_not_found')
    if (image.state === 'gone') throw new MagpieError('source_gone')
    const { variants } = await deps.catalogs.get(image.catalog)
    const spec = variants.find(({ name }) => name === wanted.variant)
    if (!spec)
      throw new MagpieError('variant_unknown', `There is no variant "${wanted.variant}".`, {
        remedy: `The variants of ${image.catalog} are ${variants.map(({ name }) => name).join(', ')}.`,
      })
    const { asset } = image
    if (image.state === 'pending' || image.state === 'stale') deps.hasten(image)
    if (!asset && image.state !== 'pending')
      throw new MagpieError('image_not_shown', `The image is ${image.state}.`)
    if (!asset) return { kind: 'placeholder', retryAfterSeconds: 5 }
    const known = await deps.assets.findVariant(asset.id, specDigest(spec))
    const variant = known ?? (await deps.makeVariant(asset, spec))
    const extension = variant.blob.key.slice(variant.blob.key.lastIndexOf('.') + 1)
    if (wanted.version !== image.version || wanted.extension !== extension)
      return { kind: 'redirect', path: imagePath(image.id, image.version, spec.name, extension) }
    return stream(deps, image, asset, spec, variant)
  }
}

function stream(deps: Deps, image: ShownImage, asset: Asset, spec: VariantSpec, variant: Variant): Delivery {
  const read = async ({ store, key, byteSize }: Variant['blob']) => {
    const from = deps.storeNamed(store)
    return byteSize < streamFrom ? from.read(key) : from.get(key)
  }
  const { blob } = variant
  return {
    kind: 'stream',
    blob,
    etag: `"${asset.id.slice(0, 24)}-${variant.specDigest.slice(0, 8)}"`,
    fileName: `${spec.name}-${image.id.slice(-8)}${blob.key.slice(blob.key.lastIndexOf('.'))}`,
    body: () =>
      read(blob).catch(async (cause: unknown) => {
        // Somebody emptied the store under the row: what can be made again is made again.
        if (!(cause instanceof MagpieError) || cause.code !== 'blob_not_found') throw cause
        return read((await deps.makeVariant(asset, spec)).blob)
      }),
  }
}

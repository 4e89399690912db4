import type { Catalog } from '../catalog/catalog.ts'
import type { ShownImage } from '../catalog/images.ts'
import { imagePath } from '../delivery/image-url.ts'

/** An image as the API and the gallery show it. */
export function imageView(image: ShownImage, catalog: Catalog) {
  const { asset } = image
  const verdict = 'verdict' in image ? image.verdict : null
  const accepted = verdict?.accepted ? verdict : verdict?.otherwise
  return {
    id: image.id,
    itemId: image.itemId,
    state: image.state,
    version: image.version,
    rank: image.state === 'ready' || image.state === 'stale' ? image.rank : null,
    position: image.position,
    sourceUrl: image.url,
    foundIn: image.foundIn,
    altText: image.altText,
    kind: accepted?.kind ?? null,
    hero: verdict?.accepted === true && verdict.hero,
    score: accepted?.score ?? null,
    parts: accepted?.parts ?? null,
    reasons: accepted?.reasons ?? [],
    rejected: verdict && !verdict.accepted ? { reason: verdict.reason, detail: verdict.detail } : null,
    failure:
      image.state === 'failed'
        ? {
            ...{ stage: image.stage, code: image.code, message: image.message },
            ...{ failedAt: image.failedAt, nextAttemptAt: image.nextAttemptAt },
          }
        : null,
    fetchedAt: 'fetchedAt' in image ? image.fetchedAt : null,
    /** Which URL gave the bytes: a larger version's, or the image's own. */
    fetchedUrl: 'fetchedUrl' in image ? (image.fetchedUrl ?? image.url) : null,
    facts: asset
      ? {
          ...asset.facts.bounds,
          mediaType: asset.facts.mediaType,
          byteSize: asset.facts.byteSize,
          digest: asset.id,
        }
      : null,
    variants: asset && image.state !== 'gone' ? variantPaths(image, catalog) : {},
  }
}

export type ImageView = ReturnType<typeof imageView>

/** As they are shown; what is not shown comes last, in the source's order. */
export const byRank = (a: ImageView, b: ImageView): number =>
  (a.rank ?? Infinity) - (b.rank ?? Infinity) || a.position - b.position

/** Where each variant is; which format `full` has is known once it is made. */
const variantPaths = ({ id, version }: ShownImage, { variants }: Catalog): Readonly<Record<string, string>> =>
  Object.fromEntries(
    variants.map(({ name, format }) => [name, imagePath(id, version, name, extensions[format])]),
  )

const extensions = { webp: 'webp', jpeg: 'jpg', 'lossless-strip': 'auto' } as const

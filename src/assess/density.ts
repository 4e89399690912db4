import type { Facts, ImageMediaType } from '../imaging/facts.ts'

/** How many bits another format spends where JPEG spends one, for equal quality; lossless ones spend a multiple. */
const thrift: Readonly<Record<ImageMediaType, number>> = {
  'image/jpeg': 1,
  'image/webp': 0.65,
  'image/avif': 0.5,
  'image/png': 5,
  'image/gif': 3,
}

/** Below this activity a picture has so little to see that few bits are no fault. */
const nothingToSee = 0.003

/**
 * Bits per pixel over the activity of the small copy, in JPEG's bits. Photographs saved well have 25 and more; a
 * picture enlarged fourfold has half as much as it had, since its new pixels hold nothing new; JPEG quality 10 leaves
 * 5 to 10.
 */
export function densityOf({ byteSize, bounds, frames, activity, mediaType }: Facts): number {
  if (activity < nothingToSee) return Infinity
  const bits = (byteSize * 8) / (bounds.width * bounds.height * frames)
  return bits / thrift[mediaType] / activity
}

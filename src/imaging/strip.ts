import type { Orientation } from './exif-orientation.ts'
import type { ImageMediaType } from './facts.ts'
import { stripAvif } from './strip/avif.ts'
import { stripGif } from './strip/gif.ts'
import { stripJpeg } from './strip/jpeg.ts'
import { stripPng } from './strip/png.ts'
import { stripWebp } from './strip/webp.ts'

type Strip = (bytes: Uint8Array, orientation: Orientation) => Uint8Array

const strips: Readonly<Record<ImageMediaType, Strip>> = {
  'image/jpeg': stripJpeg,
  'image/png': stripPng,
  'image/webp': stripWebp,
  'image/gif': stripGif,
  'image/avif': stripAvif,
}

/**
 * The same picture, its pixels' encoding untouched, without the metadata that tells of people, places and machines,
 * and without anything behind its end. What pixels need to look right stays: colour profile, orientation, loops.
 */
export const stripped = (
  bytes: Uint8Array,
  mediaType: ImageMediaType,
  orientation: Orientation,
): Uint8Array => strips[mediaType](bytes, orientation)

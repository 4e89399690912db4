import { coded, decode } from '../libvips.ts'
import type { Orientation } from '../exif-orientation.ts'
import { greyOf, type Grey } from './grey.ts'

/** Longest side of the copy from which everything is measured, in pixels. */
const copySide = 256

/** A small upright sRGB copy of a picture, on white where it lets the ground show through. */
export interface SmallCopy {
  readonly width: number
  readonly height: number
  /** Three bytes a pixel. */
  readonly colours: Uint8Array
  readonly grey: Grey
  readonly hasAlpha: boolean
}

/**
 * The one decode of a picture's first frame; a JPEG is decoded at a fraction of its size already.
 * Throws `image_corrupt`.
 */
export async function smallCopy(
  bytes: Uint8Array,
  orientation: Orientation,
  maxPixels: number,
): Promise<SmallCopy> {
  const source = decode(bytes, maxPixels)
  const { data, info } = await coded(
    (orientation === 1 ? source : source.autoOrient())
      .resize(copySide, copySide, { fit: 'inside', withoutEnlargement: true })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true }),
  )
  const { width, height, channels } = info
  const { colours, hasAlpha } = onWhite(data, width * height, channels)
  return { width, height, colours, grey: greyOf(colours, width, height), hasAlpha }
}

function onWhite(data: Uint8Array, pixels: number, channels: number) {
  if (channels === 3) return { colours: data, hasAlpha: false }
  const colours = new Uint8Array(pixels * 3)
  const withAlpha = channels === 2 || channels === 4
  let least = 255
  for (let pixel = 0; pixel < pixels; pixel++) {
    const from = pixel * channels
    const alpha = withAlpha ? data[from + channels - 1]! : 255
    if (alpha < least) least = alpha
    for (let channel = 0; channel < 3; channel++) {
      const level = data[channels >= 3 ? from + channel : from]!
      colours[pixel * 3 + channel] = 255 - ((255 - level) * alpha) / 255
    }
  }
  return { colours, hasAlpha: least < 254 }
}

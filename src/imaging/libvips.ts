import sharp, { type Sharp, type SharpOptions } from 'sharp'
import { MagpieError } from '../errors.ts'

// The cache would keep strangers' pictures in memory; pictures in parallel use the cores better than threads in one.
sharp.cache(false)
sharp.concurrency(1)
// Whatever the sniffer lets through, libvips never starts a parser that is not on this list.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif'].map((loader) => `VipsForeignLoad${loader}Buffer`),
})

const options: SharpOptions = { failOn: 'error', sequentialRead: true }

/** A picture about to be decoded; only its first frame. `maxPixels` is held by the decoder too. */
export const decode = (bytes: Uint8Array, maxPixels: number): Sharp =>
  sharp(bytes, { ...options, limitInputPixels: maxPixels })

/** A picture's header alone, however large the picture claims to be. */
export const header = (bytes: Uint8Array) => sharp(bytes, { ...options, limitInputPixels: false }).metadata()

/** Waits for libvips and gives its failures a code: `image_too_large`, `image_unsupported` or `image_corrupt`. */
export async function coded<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    if (cause instanceof MagpieError) throw cause
    const said = cause instanceof Error ? cause.message.trim() : String(cause)
    if (/pixel limit/i.test(said)) throw new MagpieError('image_too_large', undefined, { cause })
    if (/not supported|unsupported|no decoding plugin/i.test(said))
      throw new MagpieError('image_unsupported', undefined, { cause })
    throw new MagpieError('image_corrupt', `The picture is damaged: ${said.split('\n')[0]}`, { cause })
  }
}

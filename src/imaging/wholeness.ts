import { MagpieError } from '../errors.ts'
import type { ImageMediaType } from './facts.ts'
import { gifBlocks } from './gif-blocks.ts'
import { pngChunks } from './png-chunks.ts'

/**
 * Whether the file reaches its own end. Decoders fill up what is missing, so that decoding proves nothing; but a last
 * byte that is missing after all pixels is let pass, as browsers do. A JPEG's end is seen when its header is read.
 */
const reachesItsEnd: Readonly<Record<ImageMediaType, (bytes: Uint8Array) => boolean>> = {
  'image/jpeg': () => true,
  'image/png': (bytes) => {
    for (const { type } of pngChunks(bytes)) if (type === 'IEND') return true
    return false
  },
  'image/gif': (bytes) => {
    let images = 0
    for (const block of gifBlocks(bytes)) {
      if (block.kind === 'broken') return false
      if (block.kind === 'image') images++
    }
    return images > 0
  },
  'image/webp': (bytes) => {
    const size = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(4, true)
    return bytes.length + 1 >= size + 8
  },
  // The decoder itself refuses boxes that point beyond the end.
  'image/avif': () => true,
}

/** Throws `image_corrupt` for a file that was cut off. */
export function requireWhole(bytes: Uint8Array, mediaType: ImageMediaType): void {
  if (!reachesItsEnd[mediaType](bytes))
    throw new MagpieError('image_corrupt', 'The picture breaks off before its end.')
}

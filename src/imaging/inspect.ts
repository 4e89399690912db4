import { createHash } from 'node:crypto'
import type { Facts } from './facts.ts'
import { readHeader, requireWithin, upright, type Limits } from './header.ts'
import { likenessHashOf } from './likeness-hash.ts'
import { colourfulnessOf, fewColoursOf } from './measures/colour.ts'
import { resampled } from './measures/grey.ts'
import { groundOf } from './measures/ground.ts'
import { activityOf, sharpnessOf } from './measures/sharpness.ts'
import { smallCopy, type SmallCopy } from './measures/small-copy.ts'
import { toneOf } from './measures/tone.ts'
import { sniff } from './sniff.ts'
import { requireWhole } from './wholeness.ts'

/**
 * What the bytes say, after one decode of the first frame.
 * Throws `not_an_image`, `image_unsupported`, `image_too_large` (before decoding) and `image_corrupt`.
 */
export async function inspect(bytes: Uint8Array, limits: Limits): Promise<Facts> {
  const mediaType = sniff(bytes)
  const header = await readHeader(bytes, mediaType)
  requireWithin(limits, header)
  requireWhole(bytes, mediaType)
  const copy = await smallCopy(bytes, header.orientation, limits.maxPixels)
  return {
    mediaType,
    digest: createHash('sha256').update(bytes).digest('hex'),
    byteSize: bytes.byteLength,
    bounds: upright(header),
    frames: header.frames,
    ...measured(copy),
  }
}

function measured({ colours, grey, ...copy }: SmallCopy) {
  return {
    hasAlpha: copy.hasAlpha,
    likenessHash: likenessHashOf(resampled(grey, 32, 32)),
    sharpness: sharpnessOf(grey),
    activity: activityOf(grey),
    ...toneOf(grey),
    colourfulness: colourfulnessOf(colours),
    fewColours: fewColoursOf(colours),
    ...groundOf({ colours, grey, ...copy }),
  }
}

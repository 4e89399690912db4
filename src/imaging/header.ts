import { MagpieError } from '../errors.ts'
import { readOrientation, withoutMark, isTurned, type Orientation } from './exif-orientation.ts'
import type { Bounds, ImageMediaType } from './facts.ts'
import { isFrame, jpeg, jpegSegments } from './jpeg-segments.ts'
import { coded, header } from './libvips.ts'

/** What a picture's header says, before anything is decoded. */
export interface Header {
  /** As stored, before orientation. */
  readonly stored: Bounds
  readonly orientation: Orientation
  readonly frames: number
}

/** The limits that hold before a picture is decoded. */
export interface Limits {
  readonly maxPixels: number
  readonly maxFrames: number
}

/** Scans of a progressive JPEG; encoders write about ten, and each costs a pass over the whole picture. */
const maxScans = 100

/** Reads the header. Throws `image_corrupt`, and `image_too_large` for a JPEG with absurdly many scans. */
export const readHeader = (bytes: Uint8Array, mediaType: ImageMediaType): Header | Promise<Header> =>
  mediaType === 'image/jpeg' ? readJpegHeader(bytes) : readOtherHeader(bytes)

/** Width and height after orientation. */
export const upright = ({ stored, orientation }: Header): Bounds =>
  isTurned(orientation) ? { width: stored.height, height: stored.width } : stored

/** Throws `image_too_large`, naming the setting and what was measured. */
export function requireWithin(limits: Limits, { stored, frames }: Header): void {
  const pixels = stored.width * stored.height
  if (pixels > limits.maxPixels)
    throw new MagpieError(
      'image_too_large',
      `The picture has ${stored.width}×${stored.height} pixels; ${limits.maxPixels} are allowed.`,
      { setting: 'IMAGING_MAX_PIXELS', measured: pixels },
    )
  if (frames > limits.maxFrames)
    throw new MagpieError(
      'image_too_large',
      `The picture has ${frames} frames; ${limits.maxFrames} are allowed.`,
      {
        setting: 'IMAGING_MAX_FRAMES',
        measured: frames,
        remedy: 'IMAGING_MAX_FRAMES sets the limit.',
      },
    )
}

// Most pictures are JPEG: walking its markers costs a tenth of asking libvips, and says too whether its end is there.
function readJpegHeader(bytes: Uint8Array): Header {
  let stored: Bounds | null = null
  let orientation: Orientation = 1
  let scans = 0
  let ended = false
  for (const { marker, payload, end } of jpegSegments(bytes)) {
    if (isFrame(marker) && !stored) stored = frameBounds(bytes, payload)
    else if (marker === jpeg.app1 && orientation === 1) {
      const tiff = withoutMark(bytes.subarray(payload, end))
      orientation = readOrientation(tiff)
    } else if (marker === jpeg.sos) scans++
    else if (marker === jpeg.eoi) ended = true
  }
  if (!stored || scans === 0) throw new MagpieError('image_corrupt', 'The JPEG holds no picture.')
  if (!ended) throw new MagpieError('image_corrupt', 'The JPEG breaks off before its end marker.')
  if (scans > maxScans)
    throw new MagpieError('image_too_large', `The JPEG has ${scans} scans; ${maxScans} are read.`, {
      measured: scans,
      remedy: 'The source has to save the file anew.',
    })
  return { stored, orientation, frames: 1 }
}

function frameBounds(bytes: Uint8Array, payload: number): Bounds {
  const at = (offset: number) => bytes[payload + offset] ?? 0
  return { height: (at(1) << 8) | at(2), width: (at(3) << 8) | at(4) }
}

async function readOtherHeader(bytes: Uint8Array): Promise<Header> {
  const { width, height, pages, orientation } = await coded(header(bytes))
  return {
    stored: { width, height },
    orientation: (orientation ?? 1) as Orientation,
    frames: pages ?? 1,
  }
}

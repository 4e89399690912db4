import { exifMark, writeOrientation, type Orientation } from '../exif-orientation.ts'
import { isFrame, jpeg, jpegSegments, type JpegSegment } from '../jpeg-segments.ts'

/** DHT, DAC, DQT, DNL, DRI: what the decoder needs besides frames and scans. */
const tables = new Set([0xc4, 0xcc, 0xdb, 0xdc, 0xdd])
/** JFIF 1.01, no density, no thumbnail. */
const plainJfif = Uint8Array.from([0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0])
/** Bytes of an Adobe segment that say how colours are transformed; some carry more. */
const adobeLength = 12

/**
 * A JPEG without its APPn and COM segments, but for what colours need: JFIF without its thumbnail, the ICC profile,
 * Adobe's colour transform; and orientation, alone in a fresh EXIF block.
 */
export function stripJpeg(bytes: Uint8Array, orientation: Orientation): Uint8Array {
  const kept: Uint8Array[] = []
  for (const segment of jpegSegments(bytes)) {
    kept.push(...keep(bytes, segment))
    if (segment.marker === jpeg.soi) kept.push(...orientationSegment(orientation))
  }
  return Buffer.concat(kept)
}

function keep(bytes: Uint8Array, { marker, start, payload, end }: JpegSegment): Uint8Array[] {
  const starts = (mark: string) =>
    bytes.length >= payload + mark.length && mark === ascii(bytes, payload, mark.length)
  if (marker === jpeg.app0) return starts('JFIF\0') ? [plainJfif] : []
  if (marker === jpeg.app2) return starts('ICC_PROFILE\0') ? [bytes.subarray(start, end)] : []
  if (marker === jpeg.app14) return starts('Adobe') ? adobe(bytes.subarray(payload, end)) : []
  const needed = isFrame(marker) || tables.has(marker) || (marker >= jpeg.soi && marker <= jpeg.sos)
  return needed ? [bytes.subarray(start, end)] : []
}

const ascii = (bytes: Uint8Array, from: number, length: number) =>
  String.fromCharCode(...bytes.subarray(from, from + length))

/** Shorter ones are ignored by decoders. */
const adobe = (payload: Uint8Array): Uint8Array[] =>
  payload.length < adobeLength
    ? []
    : [Uint8Array.from([0xff, jpeg.app14, 0, adobeLength + 2]), payload.subarray(0, adobeLength)]

function orientationSegment(orientation: Orientation): Uint8Array[] {
  if (orientation === 1) return []
  const tiff = writeOrientation(orientation)
  const length = 2 + exifMark.length + tiff.length
  return [Uint8Array.from([0xff, jpeg.app1, 0, length]), exifMark, tiff]
}

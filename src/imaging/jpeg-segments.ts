/** One marker of a JPEG file and what belongs to it (ITU-T T.81, annex B). */
export interface JpegSegment {
  /** The marker's second byte. */
  readonly marker: number
  /** Where the marker begins. */
  readonly start: number
  /** Where its payload begins: after the marker and the length. */
  readonly payload: number
  /** After its payload; for a scan after the coded data too. */
  readonly end: number
}

/** Markers by their second byte. */
export const jpeg = {
  soi: 0xd8,
  eoi: 0xd9,
  sos: 0xda,
  app0: 0xe0,
  app1: 0xe1,
  app2: 0xe2,
  app14: 0xee,
} as const

/** Whether a marker begins a frame and so holds the picture's size: C0 to CF but DHT, JPG and DAC. */
export const isFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc

// RST0 to RST7, TEM, SOI and EOI stand alone.
const standsAlone = (marker: number) => (marker >= 0xd0 && marker <= 0xd9) || marker === 0x01

/** The segments in their order, up to and with the end marker; stops early where the file does. */
export function* jpegSegments(bytes: Uint8Array): Generator<JpegSegment> {
  let at = 0
  while (at + 1 < bytes.length) {
    at = bytes.indexOf(0xff, at)
    if (at < 0) return
    const marker = bytes[at + 1]
    if (marker === undefined) return
    // FF FF is filling, FF 00 a data byte; both are met between segments in odd files.
    if (marker === 0xff || marker === 0) {
      at += marker === 0xff ? 1 : 2
      continue
    }
    const segment = segmentAt(bytes, at, marker)
    if (!segment) return
    yield segment
    if (marker === jpeg.eoi) return
    at = segment.end
  }
}

function segmentAt(bytes: Uint8Array, start: number, marker: number): JpegSegment | null {
  if (standsAlone(marker)) return { marker, start, payload: start + 2, end: start + 2 }
  const length = ((bytes[start + 2] ?? 0) << 8) | (bytes[start + 3] ?? 0)
  const end = start + 2 + length
  if (length < 2 || end > bytes.length) return null
  return { marker, start, payload: start + 4, end: marker === jpeg.sos ? endOfScan(bytes, end) : end }
}

/** The next marker that is not part of a scan's coded data. */
function endOfScan(bytes: Uint8Array, from: number): number {
  let at = bytes.indexOf(0xff, from)
  while (at >= 0 && at + 1 < bytes.length) {
    const next = bytes[at + 1]!
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at
    at = bytes.indexOf(0xff, at + (next === 0xff ? 1 : 2))
  }
  return bytes.length
}

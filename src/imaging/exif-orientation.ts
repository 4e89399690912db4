/** Orientation as EXIF counts it, 1 to 8: 1 is upright, 5 to 8 lie on their side. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8

/** Whether width and height change places when the picture is turned upright. */
export const isTurned = (orientation: Orientation) => orientation >= 5

const orientationTag = 0x0112
const shortType = 3

/** The orientation in a TIFF block (EXIF without its `Exif\0\0`); 1 when there is none or it makes no sense. */
export function readOrientation(tiff: Uint8Array): Orientation {
  if (tiff.length < 14) return 1
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength)
  const order = view.getUint16(0)
  if (order !== 0x4949 && order !== 0x4d4d) return 1
  const little = order === 0x4949
  const directory = view.getUint32(4, little)
  if (directory + 2 > tiff.length) return 1
  const entries = view.getUint16(directory, little)
  for (let entry = 0; entry < entries; entry++) {
    const at = directory + 2 + entry * 12
    if (at + 12 > tiff.length) return 1
    if (view.getUint16(at, little) !== orientationTag) continue
    const value = view.getUint16(at + 8, little)
    return value >= 1 && value <= 8 ? (value as Orientation) : 1
  }
  return 1
}

/** A TIFF block that says the orientation and nothing else. */
export function writeOrientation(orientation: Orientation): Uint8Array {
  const tiff = new Uint8Array(26)
  const view = new DataView(tiff.buffer)
  view.setUint16(0, 0x4d4d)
  view.setUint16(2, 42)
  view.setUint32(4, 8)
  view.setUint16(8, 1)
  view.setUint16(10, orientationTag)
  view.setUint16(12, shortType)
  view.setUint32(14, 1)
  view.setUint16(18, orientation)
  return tiff
}

/** The bytes that stand before the TIFF block in a JPEG's APP1, and by mistake in some WebP files. */
export const exifMark = Uint8Array.from([0x45, 0x78, 0x69, 0x66, 0, 0])

/** An EXIF block without the mark before it, if it has one. */
export const withoutMark = (exif: Uint8Array): Uint8Array =>
  exifMark.every((byte, index) => exif[index] === byte) ? exif.subarray(exifMark.length) : exif

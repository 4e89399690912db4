import { MagpieError } from '../../errors.ts'
import { boxesIn, reader, type Box } from './boxes.ts'

interface Range {
  readonly from: number
  readonly to: number
}

/** Items that hold words about the picture instead of the picture (ISO/IEC 23008-12, annex A). */
const told = new Set(['Exif', 'mime', 'uri '])
const needed = new Set(['ftyp', 'meta', 'mdat'])

/**
 * An AVIF without EXIF and XMP: their bytes, and all that no item refers to, are blanked where they stand, so that no
 * offset moves. Of a sequence the still picture remains. Orientation is a property of its own here and is kept.
 * Throws `image_corrupt`.
 */
export function stripAvif(bytes: Uint8Array): Uint8Array {
  const file = Buffer.from(bytes)
  const boxes = boxesIn(file, 0, file.length)
  const meta = boxes.find(({ type }) => type === 'meta')
  if (!meta) throw new MagpieError('image_corrupt', 'The AVIF holds no picture.')
  const inner = boxesIn(file, meta.payload + 4, meta.end)
  const data = [
    ...boxes.filter(({ type }) => type === 'mdat'),
    ...inner.filter(({ type }) => type === 'idat'),
  ]
  try {
    blankOutside(file, data, pictureRanges(file, inner))
  } catch (cause) {
    throw new MagpieError('image_corrupt', 'The AVIF’s index makes no sense.', { cause })
  }
  for (const { type, start, payload, end } of boxes)
    if (!needed.has(type)) file.fill(0, payload, end).write('free', start + 4, 'latin1')
  return file.subarray(0, boxes.findLast(({ type }) => needed.has(type))?.end)
}

/** Where the items lie that make up the picture. */
function pictureRanges(file: Buffer, inner: readonly Box[]): Range[] {
  const box = (type: string) => inner.find((one) => one.type === type)
  const index = box('iinf')
  const places = box('iloc')
  if (!index || !places) return []
  const dropped = new Set(toldItems(file, index))
  return locations(file, places, box('idat')?.payload ?? 0)
    .filter(({ item }) => !dropped.has(item))
    .flatMap(({ ranges }) => ranges)
}

function toldItems(file: Buffer, index: Box): number[] {
  const countSize = file.readUInt8(index.payload) === 0 ? 2 : 4
  return boxesIn(file, index.payload + 4 + countSize, index.end).flatMap((entry) => {
    const read = reader(file, entry.payload)
    const version = read.number(1)
    read.number(3)
    const item = read.number(version === 3 ? 4 : 2)
    read.number(2)
    return version >= 2 && told.has(read.text(4)) ? [item] : []
  })
}

/** The item location box (ISO/IEC 14496-12, 8.11.3). */
function locations(file: Buffer, box: Box, idat: number): { item: number; ranges: Range[] }[] {
  const read = reader(file, box.payload)
  const version = read.number(1)
  read.number(3)
  const sizes = read.number(2)
  const size = (nibble: number) => (sizes >> (12 - 4 * nibble)) & 15
  const count = read.number(version < 2 ? 2 : 4)
  return Array.from({ length: count }, () => {
    const item = read.number(version < 2 ? 2 : 4)
    const inIdat = version > 0 && (read.number(2) & 15) === 1
    read.number(2)
    const base = read.number(size(2)) + (inIdat ? idat : 0)
    const extents = read.number(2)
    const ranges = Array.from({ length: extents }, () => {
      if (version > 0) read.number(size(3))
      const from = base + read.number(size(0))
      const length = read.number(size(1))
      return { from, to: length === 0 ? file.length : from + length }
    })
    return { item, ranges }
  })
}

function blankOutside(file: Buffer, boxes: readonly Box[], ranges: readonly Range[]): void {
  const inOrder = ranges.toSorted((a, b) => a.from - b.from)
  for (const { payload, end } of boxes) {
    let at = payload
    for (const { from, to } of inOrder) {
      if (to <= at || from >= end) continue
      if (from > at) file.fill(0, at, from)
      at = Math.min(end, to)
    }
    file.fill(0, at, end)
  }
}

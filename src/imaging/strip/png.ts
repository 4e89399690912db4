import { crc32 } from 'node:zlib'
import { writeOrientation, type Orientation } from '../exif-orientation.ts'
import { pngChunks } from '../png-chunks.ts'

/** The chunks that say what the pixels are and how they look, still or animated; all others are dropped. */
const needed = new Set(
  'IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD pHYs acTL fcTL fdAT'.split(' '),
)

/** A PNG without texts, times, EXIF and unknown chunks; orientation stays, alone in a fresh EXIF chunk. */
export function stripPng(bytes: Uint8Array, orientation: Orientation): Uint8Array {
  const kept = [bytes.subarray(0, 8)]
  for (const { type, start, end } of pngChunks(bytes)) {
    if (type === 'IEND') kept.push(chunk('IEND', new Uint8Array()))
    else if (needed.has(type)) kept.push(bytes.subarray(start, end))
    if (type === 'IHDR' && orientation !== 1) kept.push(chunk('eXIf', writeOrientation(orientation)))
  }
  return Buffer.concat(kept)
}

function chunk(type: string, payload: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), payload])
  const framed = Buffer.alloc(body.length + 8)
  framed.writeUInt32BE(payload.length, 0)
  framed.set(body, 4)
  framed.writeUInt32BE(crc32(body), body.length + 4)
  return framed
}

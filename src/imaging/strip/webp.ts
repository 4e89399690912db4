import { writeOrientation, type Orientation } from '../exif-orientation.ts'

/** The chunks that hold pixels, their colours and their timing; all others are dropped. */
const needed = new Set(['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ANIM', 'ANMF', 'ICCP'])
/** Flags of VP8X that announce metadata (RFC 9649, 2.7.1). */
const hasExif = 0x08
const hasXmp = 0x04
/** Bytes of an ANMF chunk before the chunks of its frame. */
const frameHead = 16

interface Chunk {
  readonly type: string
  readonly payload: Uint8Array
}

/** A WebP without EXIF, XMP and unknown chunks; orientation stays, alone in a fresh EXIF chunk. */
export function stripWebp(bytes: Uint8Array, orientation: Orientation): Uint8Array {
  const end = 8 + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readUInt32LE(4)
  const kept = [...chunks(bytes.subarray(12, end))].filter(({ type }) => needed.has(type))
  const keepsOrientation = orientation !== 1 && kept[0]?.type === 'VP8X'
  const body = kept.map((chunk) => framed(cleaned(chunk, keepsOrientation)))
  if (keepsOrientation) body.push(framed({ type: 'EXIF', payload: writeOrientation(orientation) }))
  const all = Buffer.concat(body)
  const head = Buffer.from('RIFF\0\0\0\0WEBP', 'latin1')
  head.writeUInt32LE(all.length + 4, 4)
  return Buffer.concat([head, all])
}

function* chunks(bytes: Uint8Array): Generator<Chunk> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at + 8 <= buffer.length;) {
    const size = buffer.readUInt32LE(at + 4)
    yield { type: buffer.toString('latin1', at, at + 4), payload: buffer.subarray(at + 8, at + 8 + size) }
    at += 8 + size + (size & 1)
  }
}

function cleaned({ type, payload }: Chunk, keepsOrientation: boolean): Chunk {
  if (type === 'VP8X') {
    const flags = Buffer.from(payload)
    flags[0] = (flags[0]! & ~(hasExif | hasXmp)) | (keepsOrientation ? hasExif : 0)
    return { type, payload: flags }
  }
  if (type !== 'ANMF') return { type, payload }
  const frame = [...chunks(payload.subarray(frameHead))].filter((chunk) => needed.has(chunk.type))
  return { type, payload: Buffer.concat([payload.subarray(0, frameHead), ...frame.map(framed)]) }
}

function framed({ type, payload }: Chunk): Uint8Array {
  const head = Buffer.from(`${type}\0\0\0\0`, 'latin1')
  head.writeUInt32LE(payload.length, 4)
  return Buffer.concat([head, payload, Buffer.alloc(payload.length & 1)])
}

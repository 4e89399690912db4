import { crc32 } from 'node:zlib'

/** The media type that a file's name promises, null for what is no picture. */
export function imageType(name: string): string | null {
  if (name.endsWith('.jpg')) return 'image/jpeg'
  if (name.endsWith('.png')) return 'image/png'
  return name.endsWith('.webp') ? 'image/webp' : null
}

/** The same picture in other bytes: a copy with a comment that decoders pass over. */
export function withComment(bytes: Buffer, type: string, comment: string): Buffer {
  if (type === 'image/jpeg') return inserted(bytes, 2, jpegComment(comment))
  if (type === 'image/png') return inserted(bytes, bytes.byteLength - 12, pngText(comment))
  const whole = inserted(bytes, bytes.byteLength, riffChunk(comment))
  whole.writeUInt32LE(whole.byteLength - 8, 4)
  return whole
}

const inserted = (bytes: Buffer, at: number, more: Buffer) =>
  Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)])

/** ISO 10918-1 §B.2.4.5: a COM segment. */
function jpegComment(comment: string): Buffer {
  const head = Buffer.from([0xff, 0xfe, 0, comment.length + 2])
  return Buffer.concat([head, Buffer.from(comment)])
}

/** PNG §11.3.3: a tEXt chunk, to stand before IEND. */
function pngText(comment: string): Buffer {
  const body = Buffer.from(`tEXtComment\0${comment}`)
  const chunk = Buffer.alloc(body.byteLength + 8)
  chunk.writeUInt32BE(body.byteLength - 4)
  body.copy(chunk, 4)
  chunk.writeUInt32BE(crc32(body), body.byteLength + 4)
  return chunk
}

/** WebP, RFC 9649 §2.3: a chunk of a kind that readers do not know; its length is even. */
function riffChunk(comment: string): Buffer {
  const body = Buffer.from(comment.padEnd(comment.length + (comment.length % 2)))
  const chunk = Buffer.alloc(8 + body.byteLength)
  chunk.write('NOTE')
  chunk.writeUInt32LE(body.byteLength, 4)
  body.copy(chunk, 8)
  return chunk
}

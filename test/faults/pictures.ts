import { crc32, deflateSync } from 'node:zlib'

const side = 64
const blocks = 8

/**
 * A small PNG that is like no other: 8 × 8 blocks of grey by chance, the same for the same number. Other bytes for every
 * number, and another likeness too, so that none is a duplicate of another. With `padding` it is so many bytes longer.
 */
export function aPicture(number: number, padding = 0): Buffer {
  const random = generator(number)
  const greys = Array.from({ length: blocks * blocks }, () => 20 + Math.floor(random() * 210))
  const rows = Buffer.alloc(side * (side + 1))
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      // Shaded, as flat blocks are taken for a drawing.
      rows[y * (side + 1) + 1 + x] = greys[(y >> 3) * blocks + (x >> 3)]! + 2 * (x & 7) + (y & 7)
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  // Eight bits of grey, no interlace.
  header.set([8, 0, 0, 0, 0], 8)
  // The number itself, in case two draw the same greys.
  const text = Buffer.from(`Comment\0${number}${' '.repeat(padding)}`, 'latin1')
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    ...[chunk('IHDR', header), chunk('tEXt', text), chunk('IDAT', deflateSync(rows)), chunk('IEND')],
  ])
}

function chunk(type: string, data = Buffer.alloc(0)): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const whole = Buffer.alloc(named.length + 8)
  whole.writeUInt32BE(data.length, 0)
  named.copy(whole, 4)
  whole.writeUInt32BE(crc32(named), named.length + 4)
  return whole
}

/** mulberry32: small, and the same everywhere. */
function generator(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

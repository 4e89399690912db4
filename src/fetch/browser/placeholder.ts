import { crc32, deflateSync } from 'node:zlib'

/**
 * What a page is given in place of each of its pictures: 640×480 grey pixels in 126 bytes. Scripts that wait for a
 * picture to load go on, those that hide pictures of one pixel do not, and nothing is downloaded. A PNG, because
 * Chromium keeps a small document for each SVG.
 */
export const placeholder = png(640, 480)

function png(width: number, height: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  // One bit a pixel, grey.
  header[8] = 1
  const lines = Buffer.alloc((1 + width / 8) * height)
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(lines, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data])
  const framed = Buffer.alloc(8 + body.length)
  framed.writeUInt32BE(data.length, 0)
  body.copy(framed, 4)
  framed.writeUInt32BE(crc32(body), 4 + body.length)
  return framed
}

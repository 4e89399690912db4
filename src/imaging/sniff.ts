import { MagpieError } from '../errors.ts'
import type { ImageMediaType } from './facts.ts'

const text = (bytes: Uint8Array, from: number, to: number) =>
  String.fromCharCode(...bytes.subarray(from, Math.min(to, bytes.length)))

/** Kinds of picture that are recognised only to be refused by name. */
const refused: readonly (readonly [name: string, is: (head: string) => boolean])[] = [
  ['TIFF', (head) => head.startsWith('II*\0') || head.startsWith('MM\0*') || /^(II\+\0|MM\0\+)/.test(head)],
  ['BMP', (head) => head.startsWith('BM')],
  ['ICO', (head) => head.startsWith('\0\0\x01\0') || head.startsWith('\0\0\x02\0')],
  ['JPEG XL', (head) => head.startsWith('\xff\x0a') || head.startsWith('\0\0\0\x0cJXL ')],
  ['JPEG 2000', (head) => head.startsWith('\0\0\0\x0cjP  ') || head.startsWith('\xff\x4f\xff\x51')],
  ['PSD', (head) => head.startsWith('8BPS')],
  ['HEIC', (head) => head.slice(4, 8) === 'ftyp' && /heic|heix|hevc|hevx|heim|heis|mif1|msf1/.test(head)],
  ['SVG', (head) => /<svg[\s>:]|<!DOCTYPE svg/i.test(head)],
]

/** AVIF by the brands in its first box; `mif1` alone does not say which codec is inside. */
function isAvif(bytes: Uint8Array): boolean {
  if (text(bytes, 4, 8) !== 'ftyp') return false
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0)
  return /avif|avis/.test(text(bytes, 8, Math.min(length, 256)))
}

/**
 * The media type, by the first bytes alone, whatever name or header came with them.
 * Throws `image_unsupported` for pictures of other kinds and `not_an_image` for what is none.
 */
export function sniff(bytes: Uint8Array): ImageMediaType {
  const head = text(bytes, 0, 16)
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg'
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png'
  if (head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP') return 'image/webp'
  if (head.startsWith('GIF87a') || head.startsWith('GIF89a')) return 'image/gif'
  if (isAvif(bytes)) return 'image/avif'
  const start = text(bytes, 0, 4096)
  const kind = refused.find(([, is]) => is(start))?.[0]
  if (kind) throw new MagpieError('image_unsupported', `The picture is ${kind}, which is not read here.`)
  throw new MagpieError('not_an_image', describe(bytes, start))
}

function describe(bytes: Uint8Array, start: string): string {
  if (bytes.length === 0) return 'There are no bytes.'
  if (/<(!doctype html|html|head|body)[\s>]/i.test(start)) return 'What came is an HTML page, not a picture.'
  return 'What came is not a picture.'
}

/** One block of a GIF file (GIF89a specification, CompuServe 1990). */
export interface GifBlock {
  readonly kind: 'head' | 'image' | 'control' | 'comment' | 'text' | 'application' | 'trailer' | 'broken'
  readonly start: number
  readonly end: number
}

const extensions: Readonly<Record<number, GifBlock['kind']>> = {
  0xf9: 'control',
  0xfe: 'comment',
  0x01: 'text',
  0xff: 'application',
}

/** The blocks in their order, up to and with the trailer; `broken` where the file breaks off. */
export function* gifBlocks(bytes: Uint8Array): Generator<GifBlock> {
  let start = 13 + tableSize(bytes[10] ?? 0)
  if (start > bytes.length) return void (yield { kind: 'broken', start: 0, end: bytes.length })
  yield { kind: 'head', start: 0, end: start }
  while (start < bytes.length) {
    const block = blockAt(bytes, start)
    yield block
    if (block.kind === 'trailer' || block.kind === 'broken') return
    start = block.end
  }
}

function blockAt(bytes: Uint8Array, start: number): GifBlock {
  const broken: GifBlock = { kind: 'broken', start, end: bytes.length }
  const introducer = bytes[start]
  if (introducer === 0x3b) return { kind: 'trailer', start, end: start + 1 }
  if (introducer === 0x21) {
    const end = endOfSubBlocks(bytes, start + 2)
    return end === null ? broken : { kind: extensions[bytes[start + 1] ?? 0] ?? 'comment', start, end }
  }
  // Some writers leave other bytes in the trailer's place; what came before is shown all the same.
  if (introducer !== 0x2c) return { kind: 'trailer', start, end: start }
  const end = endOfSubBlocks(bytes, start + 11 + tableSize(bytes[start + 9] ?? 0))
  return end === null ? broken : { kind: 'image', start, end }
}

/** Bytes of a colour table, by the flags that announce it. */
const tableSize = (flags: number) => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0)

function endOfSubBlocks(bytes: Uint8Array, from: number): number | null {
  let at = from
  while (at < bytes.length) {
    const length = bytes[at]!
    at += 1 + length
    if (length === 0) return at
  }
  return null
}

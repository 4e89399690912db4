import { gifBlocks } from '../gif-blocks.ts'

/** A GIF without comments, texts and application blocks, but for the one that says how often it loops. */
export function stripGif(bytes: Uint8Array): Uint8Array {
  const kept: Uint8Array[] = []
  for (const { kind, start, end } of gifBlocks(bytes)) {
    if (kind === 'head' || kind === 'control' || kind === 'image') kept.push(bytes.subarray(start, end))
    if (kind === 'application') kept.push(...loops(bytes.subarray(start, end)))
  }
  return Buffer.concat([...kept, Uint8Array.of(0x3b)])
}

/** NETSCAPE2.0 with its one sub-block of three bytes; whatever else hides in the block is dropped. */
function loops(block: Uint8Array): Uint8Array[] {
  const name = Buffer.from(block.buffer, block.byteOffset, block.byteLength).toString('latin1', 3, 14)
  if (name !== 'NETSCAPE2.0' || block[14] !== 3 || block[15] !== 1) return []
  return [block.subarray(0, 18), Uint8Array.of(0)]
}

/** One chunk of a PNG file (W3C PNG, third edition, 5.3). */
export interface PngChunk {
  readonly type: string
  readonly start: number
  readonly payload: number
  /** After the checksum. An IEND whose own checksum is cut off ends where the file does. */
  readonly end: number
}

/** The chunks in their order, up to and with IEND; stops early where the file does. */
export function* pngChunks(bytes: Uint8Array): Generator<PngChunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let start = 8
  while (start + 8 <= bytes.length) {
    const type = String.fromCharCode(...bytes.subarray(start + 4, start + 8))
    const end = start + 12 + view.getUint32(start)
    if (type === 'IEND')
      return void (yield { type, start, payload: start + 8, end: Math.min(end, bytes.length) })
    if (end > bytes.length) return
    yield { type, start, payload: start + 8, end }
    start = end
  }
}

/** One box of the ISO base media file format (ISO/IEC 14496-12, 4.2). */
export interface Box {
  readonly type: string
  readonly start: number
  readonly payload: number
  readonly end: number
}

/** The boxes between two places, in their order; stops where one claims more than there is. */
export function boxesIn(file: Buffer, from: number, to: number): Box[] {
  const boxes: Box[] = []
  for (let start = from; start + 8 <= to;) {
    const size = file.readUInt32BE(start)
    const large = size === 1 && start + 16 <= to
    const end = size === 0 ? to : start + (large ? Number(file.readBigUInt64BE(start + 8)) : size)
    const payload = start + (large ? 16 : 8)
    if (end > to || end < payload) break
    boxes.push({ type: file.toString('latin1', start + 4, start + 8), start, payload, end })
    start = end
  }
  return boxes
}

/** Reads big-endian numbers one after the other. */
export function reader(file: Buffer, from: number) {
  let at = from
  /** A number of 0 to 8 bytes; 0 bytes is 0. */
  const number = (size: number): number => {
    let value = 0
    for (let index = 0; index < size; index++) value = value * 256 + file.readUInt8(at++)
    return value
  }
  return { number, text: (size: number) => String.fromCharCode(...file.subarray(at, (at += size))) }
}

/** What a piece of a stream brought to an end. */
export interface FlightPiece {
  readonly values: readonly { readonly path: string; readonly value: unknown }[]
  /** Rows that are no data: texts, hints, and what cannot be read. */
  readonly rest: string
}

/**
 * What React's server components say of a page, streamed as rows (`id:json`, `id:Tlength,text`) that are cut into pieces
 * anywhere. Each row is given to the piece in which it ends, so that what it names has a place in the page.
 */
export function flightPieces(pieces: readonly string[]): readonly FlightPiece[] {
  const text = pieces.join('')
  const read = pieces.map(() => ({ values: [] as { path: string; value: unknown }[], rest: '' }))
  let piece = 0
  let pieceEnd = pieces[0]?.length ?? 0
  for (let at = 0; at < text.length;) {
    const { id, row, to } = rowAt(text, at)
    at = to
    while (pieceEnd < to && piece + 1 < pieces.length) pieceEnd += pieces[++piece]!.length
    const value = /^[[{]/.test(row) ? parsed(row) : null
    if (value === null) read[piece]!.rest += `${row}\n`
    else read[piece]!.values.push({ path: `__next_f.${id}`, value })
  }
  return read
}

const head = /([\da-f]{1,16}):(?:T([\da-f]{1,8}),)?/iy

function rowAt(text: string, at: number): { id: string; row: string; to: number } {
  head.lastIndex = at
  const [, id = '', length] = head.exec(text) ?? []
  const from = head.lastIndex || at
  if (length !== undefined) {
    const to = endOfBytes(text, from, parseInt(length, 16))
    return { id, row: text.slice(from, to), to }
  }
  const end = text.indexOf('\n', from)
  const to = end < 0 ? text.length : end + 1
  return { id, row: text.slice(from, end < 0 ? to : end), to }
}

/** Where so many bytes of UTF-8 end; at least one sign further, as a stream has to go on. */
function endOfBytes(text: string, from: number, bytes: number): number {
  let at = from
  for (let left = bytes; left > 0 && at < text.length; at++) {
    const code = text.charCodeAt(at)
    // Half of a sign outside the first plane is two of its four.
    left -= code < 0x80 ? 1 : code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 2 : 3
  }
  return at
}

function parsed(row: string): unknown {
  try {
    return JSON.parse(row)
  } catch {
    return null
  }
}

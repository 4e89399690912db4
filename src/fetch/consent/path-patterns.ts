/** A pattern of paths as robots.txt and tdmrep.json write them: `*` is any octets, and a `$` at the end is the end. */
export interface PathPattern {
  readonly pieces: readonly string[]
  readonly toEnd: boolean
  /** In octets: of several that match, robots.txt lets the longest decide. */
  readonly length: number
}

export function pathPattern(written: string): PathPattern {
  const toEnd = written.endsWith('$')
  const text = comparable(toEnd ? written.slice(0, -1) : written, false)
  return { toEnd, pieces: text.split(/\*+/), length: Buffer.byteLength(text) + (toEnd ? 1 : 0) }
}

/** A path with its query, as a URL has it, in the spelling that patterns are compared with. */
export const comparablePath = (path: string): string => comparable(path, true)

/** Greedy from the left, which is enough where `*` is the only wildcard: linear, whatever the pattern. */
export function matches({ pieces, toEnd }: PathPattern, path: string): boolean {
  const [first = '', ...rest] = pieces
  if (!path.startsWith(first)) return false
  let at = first.length
  const last = toEnd ? rest.pop() : undefined
  for (const piece of rest) {
    const found = path.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  if (!toEnd) return true
  return last === undefined ? at === path.length : path.length - last.length >= at && path.endsWith(last)
}

/**
 * Both sides in one spelling (RFC 9309 §2.2.2): octets outside ASCII percent-encoded, unreserved ones decoded, and
 * `$` and `*` encoded where they stand for themselves.
 */
function comparable(text: string, isPath: boolean): string {
  return text
    .replace(/[^\x21-\x7e]+/g, (part) => encodeURIComponent(part.toWellFormed()))
    .replace(/%([0-9a-f]{2})/gi, (whole, hex: string) => {
      const char = String.fromCharCode(parseInt(hex, 16))
      return /[\w.~-]/.test(char) ? char : whole.toUpperCase()
    })
    .replaceAll('$', '%24')
    .replaceAll('*', isPath ? '%2A' : '*')
}

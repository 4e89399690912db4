/** Longer texts, in UTF-16 units, are read if they are JSON and not mended if they are not. */
const maxMended = 2_000_000

/**
 * Reads JSON as real pages write it: in HTML comments or CDATA, with JavaScript comments, trailing commas, raw control
 * characters in strings, a semicolon at the end. Null when nothing can be made of it.
 */
export function looseJson(text: string): unknown {
  const bare = unwrap(text)
  if (!/^[[{"]/.test(bare)) return null
  const value = parsed(bare)
  if (value !== null || bare.length > maxMended) return value
  const hasEntities = /^[[{]\s*&quot;/.test(bare)
  return parsed(mended(hasEntities ? bare.replaceAll('&quot;', '"').replaceAll('&amp;', '&') : bare))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function unwrap(text: string): string {
  return text
    .trim()
    .replace(/^\uFEFF/, '')
    .replace(/^(?:<!--|\/\*\s*<!\[CDATA\[\s*\*\/|(?:\/\/\s*)?<!\[CDATA\[)/, '')
    .replace(/(?:(?:\/\/\s*)?-->|\/\*\s*\]\]>\s*\*\/|(?:\/\/\s*)?\]\]>)$/, '')
    .trim()
    .replace(/;$/, '')
}

/** Copies the text piece by piece: strings mended, comments and trailing commas left out. */
function mended(text: string): string {
  const pieces: string[] = []
  let comma = -1
  for (let at = 0; at < text.length;) {
    const piece = pieceAt(text, at)
    at += piece.length
    if (isComment(piece)) continue
    if (piece === ',') comma = pieces.length
    else if (piece === '}' || piece === ']') {
      if (comma >= 0) pieces[comma] = ''
      comma = -1
    } else if (piece.trim() !== '') comma = -1
    pieces.push(piece.startsWith('"') ? mendedString(piece) : piece)
  }
  return pieces.join('')
}

const isComment = (piece: string) => piece.startsWith('//') || piece.startsWith('/*')

/** The string, comment, run of other text or single sign that begins here; what is never closed runs to the end. */
function pieceAt(text: string, at: number): string {
  if (text[at] === '"') return text.slice(at, endOfString(text, at))
  if (text.startsWith('//', at)) return text.slice(at, endOf(text, /[\n\r]/g, at))
  if (text.startsWith('/*', at)) return text.slice(at, endOf(text, /\*\//g, at + 2))
  return /["/,\]}]/.test(text[at]!) ? text[at]! : text.slice(at, endOf(text, /(?=["/,\]}])/g, at))
}

function endOf(text: string, pattern: RegExp, from: number): number {
  pattern.lastIndex = from
  return pattern.test(text) ? pattern.lastIndex : text.length
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at + 1
  }
  return text.length
}

function mendedString(text: string): string {
  return text
    .replace(/[\u0000-\u001f]/g, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(/\\(?!["\\/bfnrtu])/g, '\\\\')
}

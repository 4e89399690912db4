import { analyse } from 'chardet'

/**
 * A page's bytes as text. A byte order mark decides; then the bytes themselves, if they are UTF-8, since pages declare
 * windows-1251 and are not; then the header, then the page's own declaration in its first 4 KiB, then what its letters
 * look like, then windows-1252.
 * NUL becomes U+FFFD, as HTML has it.
 */
export function pageText(bytes: Uint8Array, contentType: string | null): string {
  return decoded(bytes, contentType).replaceAll('\0', '\ufffd')
}

function decoded(bytes: Uint8Array, contentType: string | null): string {
  const marked = byMark(bytes)
  if (marked) return new TextDecoder(marked).decode(bytes)
  const inHeader = encodingOf(/charset\s*=\s*["']?([^\s"';,]+)/i.exec(contentType ?? '')?.[1])
  // These are made of ASCII bytes and zeros, so that being valid UTF-8 says nothing against them.
  if (inHeader && /^(utf-16|iso-2022)/.test(inHeader)) return new TextDecoder(inHeader).decode(bytes)
  const declared = inHeader ?? declaredIn(bytes)
  if (declared?.startsWith('iso-2022')) return new TextDecoder(declared).decode(bytes)
  return (
    // A page that says UTF-8 and has a few bytes that are not is still UTF-8.
    asUtf8(bytes) ?? new TextDecoder(declared ?? looksLike(bytes) ?? 'windows-1252').decode(bytes)
  )
}

/** Below this the letters may be anything. Of 100, as chardet counts. */
const leastConfidence = 20

/** The encoding that the letters of an undeclared page look like, markup left aside, as it is ASCII in all of them. */
function looksLike(bytes: Uint8Array): string | null {
  const text = Buffer.from(bytes.subarray(0, 500_000))
    .toString('latin1')
    .replace(/<(script|style)\b[^]*?<\/\1|<[^<>]*>/gi, ' ')
  const letters = Buffer.from(text.slice(0, 64_000), 'latin1')
  const guess = analyse(letters).find(({ name }) => name !== 'ASCII')
  return guess && guess.confidence >= leastConfidence ? encodingOf(guess.name) : null
}

function byMark(bytes: Uint8Array): string | null {
  const [first, second, third] = bytes
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  return first === 0xff && second === 0xfe ? 'utf-16le' : null
}

function declaredIn(bytes: Uint8Array): string | null {
  const start = Buffer.from(bytes.subarray(0, 4096)).toString('latin1')
  const label =
    /<meta\s[^>]*?charset\s*=\s*["']?\s*([\w.:-]+)/i.exec(start)?.[1] ??
    /^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)/i.exec(start)?.[1]
  const encoding = encodingOf(label)
  // A declaration that can be read as ASCII is not in UTF-16 (https://html.spec.whatwg.org/#prescan-a-byte-stream-to-determine-its-encoding).
  return encoding?.startsWith('utf-16') ? 'utf-8' : encoding
}

/** The standard's name for an encoding's label; null for what no browser knows, as utf-7. */
function encodingOf(label: string | undefined): string | null {
  try {
    return label ? new TextDecoder(label).encoding : null
  } catch {
    return null
  }
}

function asUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

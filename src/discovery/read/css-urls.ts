import type { SrcsetEntry } from './srcset.ts'

const reference = /^\s*(?:"([^"]*)"|'([^']*)'|([^)"'\s]*))\s*\)(?:\s+([\d.]{1,6})(?:x|dppx))?/
const bareEntry = /(?:"([^"(]{1,4096})"|'([^'(]{1,4096})')\s{0,20}([\d.]{1,6})(?:x|dppx)/g
/** No style names more pictures; what follows is not read. */
const maxEntries = 5_000
const notPicture = /\.(?:woff2?|ttf|otf|eot|css|cur|htc)(?:$|[?#])|^(?:#|about:)/i

/**
 * The URLs of pictures in CSS, in `url()` and in `image-set()`; fonts and style sheets are left aside.
 * The text is cut at each `url(`, so that no piece is read twice.
 */
export function cssUrls(css: string): readonly SrcsetEntry[] {
  const found: SrcsetEntry[] = []
  const add = (text: string, density: string | undefined) => {
    if (!text.trim() || notPicture.test(text)) return
    found.push({ text: unescaped(text), ...(Number(density) > 0 && { density: Number(density) }) })
  }
  const [before, ...pieces] = css.split(/url\(/i)
  let inSet = addBareEntries(before!, false, add)
  for (const piece of pieces) {
    if (found.length >= maxEntries) break
    if (/^\s*["']?data:/i.test(piece)) found.push({ text: 'data:,' })
    else {
      const [, double, single, bare, density] = reference.exec(piece) ?? []
      add(double ?? single ?? bare ?? '', density)
    }
    inSet = addBareEntries(piece, inSet, add)
  }
  return found
}

/** `image-set("a.webp" 1x)` names pictures without `url()`; answers whether the text ends inside such a set. */
function addBareEntries(text: string, inSet: boolean, add: (text: string, density: string) => void): boolean {
  const sets = text.split(/image-set\(/i)
  sets.forEach((set, at) => {
    if (at === 0 && !inSet) return
    for (const [, double, single, density] of set.slice(0, 8192).matchAll(bareEntry))
      add(double ?? single!, density!)
  })
  return (inSet || sets.length > 1) && !/[;{}]/.test(sets.at(-1)!)
}

/** In CSS a backslash escapes the next character, or up to six hex digits stand for one. */
function unescaped(text: string): string {
  return text.replace(/\\([0-9a-f]{1,6})\s?|\\(.)/gi, (_, hex: string | undefined, plain: string) =>
    hex ? String.fromCharCode(parseInt(hex, 16) & 0xffff) : plain,
  )
}

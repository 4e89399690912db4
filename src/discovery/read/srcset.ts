/** An entry of a srcset: the URL as written, with its width in pixels or its density. */
export interface SrcsetEntry {
  readonly text: string
  readonly width?: number
  readonly density?: number
}

/** No picture comes in more sizes; what follows is not read. */
const maxEntries = 1_000

/**
 * Reads a srcset as browsers do (HTML, "parse a srcset attribute"): commas inside URLs belong to them, and bad
 * descriptors are passed over rather than the entry dropped. One pass, whatever the text.
 */
export function parseSrcset(text: string): readonly SrcsetEntry[] {
  const entries: SrcsetEntry[] = []
  const separators = /[\s,]*/y
  const urls = /\S+/y
  let at = 0
  while (entries.length < maxEntries) {
    separators.lastIndex = at
    urls.lastIndex = at + (separators.exec(text)?.[0].length ?? 0)
    const url = urls.exec(text)?.[0]
    if (!url) break
    const bare = url.replace(/,+$/, '')
    const end = bare.length === url.length ? endOfDescriptors(text, urls.lastIndex) : urls.lastIndex
    entries.push({ text: bare, ...sizeIn(text.slice(urls.lastIndex, end).slice(0, 100)) })
    at = end
  }
  return entries
}

/** The next comma that is not in parentheses. */
function endOfDescriptors(text: string, from: number): number {
  let isInside = false
  for (let at = from; at < text.length; at++) {
    if (text[at] === '(') isInside = true
    else if (text[at] === ')') isInside = false
    else if (text[at] === ',' && !isInside) return at
  }
  return text.length
}

function sizeIn(descriptors: string): { width?: number; density?: number } {
  const width = /(?:^|\s)(\d{1,6})w(?:\s|$)/.exec(descriptors)?.[1]
  if (width && Number(width) > 0) return { width: Number(width) }
  const density = /(?:^|\s)(\d{0,3}(?:\.\d{1,6})?)x(?:\s|$)/.exec(descriptors)?.[1]
  return density && Number(density) > 0 ? { density: Number(density) } : {}
}

/** An entry of a srcset: the URL as written, with its width in pixels or its density. */
export interface SrcsetEntry {
  readonly text: string
  readonly width?: number
  readonly density?: number
}

/**
 * Reads a srcset as browsers do (HTML, "parse a srcset attribute"): commas inside URLs belong to them, and bad
 * descriptors are passed over rather than the entry dropped. One pass, whatever the text.
 */
export function parseSrcset(text: string): readonly SrcsetEntry[] {
  const entries: SrcsetEntry[] = []
  const separators = /[\s,]*/y
  const urls = /\S+/y
  const descriptors = /(?:\([^)]*\)?|[^,(])*/y
  let at = 0
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0] ?? ''
    at += found.length
    return found
  }
  for (;;) {
    take(separators)
    const url = take(urls)
    if (!url) return entries
    const bare = url.replace(/,+$/, '')
    const said = bare.length === url.length ? take(descriptors) : ''
    entries.push({ text: bare, ...sizeIn(said) })
  }
}

function sizeIn(descriptors: string): { width?: number; density?: number } {
  const width = /(?:^|\s)(\d{1,6})w(?:\s|$)/.exec(descriptors)?.[1]
  if (width && Number(width) > 0) return { width: Number(width) }
  const density = /(?:^|\s)(\d{0,3}(?:\.\d{1,6})?)x(?:\s|$)/.exec(descriptors)?.[1]
  return density && Number(density) > 0 ? { density: Number(density) } : {}
}

/** A `meta` element with a name, in lower case. */
export interface Meta {
  readonly name: string
  readonly content: string
}

/** How long a `meta` element may be, in characters. */
const maxMeta = 4096

/**
 * The named `meta` elements of a page, not those in comments, scripts and other text. One pass that never goes back, for
 * every page is read so: what the elements mean otherwise is read with the rest of the page.
 */
export function pageMetas(html: string): readonly Meta[] {
  const opening = /<!--|<(script|style|textarea|title|template)(?=[\s/>])|<meta(?=[\s/])/gi
  const metas: Meta[] = []
  for (let found = opening.exec(html); found; found = opening.exec(html)) {
    const [start, element] = found
    const at = opening.lastIndex
    if (start === '<!--') opening.lastIndex = after(html, /-->/g, at)
    else if (element) opening.lastIndex = after(html, new RegExp(`</${element}`, 'gi'), at)
    else {
      const { attributes, length } = readAttributes(html.slice(at, at + maxMeta))
      opening.lastIndex = at + length
      const name = attributes.get('name')?.trim().toLowerCase()
      if (name) metas.push({ name, content: attributes.get('content') ?? '' })
    }
  }
  return metas
}

/** Where the search goes on after `end`; without one, nothing but it is left. */
function after(html: string, end: RegExp, from: number): number {
  end.lastIndex = from
  return end.test(html) ? end.lastIndex : html.length
}

/** The attributes up to the end of the tag, of each name the first, as in a browser; and how far they reach. */
function readAttributes(text: string) {
  const attribute = /[\s/]*(?:(>)|([^\s=>/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+)))?|=)/y
  const attributes = new Map<string, string>()
  let length = 0
  for (let found = attribute.exec(text); found; found = attribute.exec(text)) {
    length = attribute.lastIndex
    const [, end, name, double, single, bare] = found
    if (end) break
    const key = name?.toLowerCase()
    if (key && !attributes.has(key)) attributes.set(key, double ?? single ?? bare ?? '')
  }
  return { attributes, length }
}

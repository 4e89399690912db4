import type { PageValue } from '../read/page-values.ts'
import { looksLikePicture, resolvePageUrl, unescapeUrl } from '../read/page-url.ts'
import { picturesInJson } from '../read/pictures-in-json.ts'
import type { WrittenUrl } from '../read/sighting.ts'
import { oneLine } from '../read/words.ts'

/** One of several alike objects in a page's data, that may describe a record. */
export interface ValueEntry {
  /** Texts and numbers near its top that may be its address or its number. */
  readonly names: ReadonlySet<string>
  readonly url: string | null
  readonly title: string | null
  /** Each picture under all the URLs that the object gives it. */
  readonly pictures: readonly (readonly WrittenUrl[])[]
}

/** Fewer objects are no list. */
const fewest = 2
const maxLists = 200
const maxValues = 300_000
/** Lists in the entries of lists are looked at so deep: each is read whole. */
const maxListDepth = 3
/** Names are looked for this many levels down in an object. */
const nameDepth = 3
const addressKey =
  /^(?:url|href|link|permalink|detail_?url|canonical_?url|item_?url|product_?url|@id|uri|path)$/i
const titleKey = /^(?:title|name|headline|subject|heading|product_?name)$/i

/** Arrays and maps of objects in a page's data of which at least two hold pictures. */
export function valueLists(values: readonly PageValue[], base: string): readonly (readonly ValueEntry[])[] {
  const lists: ValueEntry[][] = []
  const open = values.map(({ value }): { value: unknown; depth: number } => ({ value, depth: 0 })).reverse()
  for (let seen = 0; open.length && seen < maxValues && lists.length < maxLists; seen++) {
    const { value, depth } = open.pop()!
    if (!value || typeof value !== 'object') continue
    const inner = (Object.values(value) as unknown[]).filter((one) => one && typeof one === 'object')
    const objects = inner.filter((one) => !Array.isArray(one)) as Record<string, unknown>[]
    const isList = objects.length >= fewest && areAlike(objects)
    if (isList && depth < maxListDepth) {
      const entries = objects.map((object) => entryOf(object, base))
      if (entries.filter(({ pictures }) => pictures.length).length >= fewest) lists.push(entries)
    }
    for (const one of inner.slice(0, 5_000).reverse())
      open.push({ value: one, depth: depth + Number(isList) })
  }
  return lists
}

/** Whether objects have most of their keys in common. */
function areAlike(objects: readonly Record<string, unknown>[]): boolean {
  const [first, second, last] = [objects[0]!, objects[1]!, objects.at(-1)!].map((one) => Object.keys(one))
  const shared = (one: readonly string[], other: readonly string[]) => {
    const known = new Set(other)
    return one.filter((key) => known.has(key)).length >= 0.5 * Math.max(one.length, other.length)
  }
  return first!.length > 1 && shared(first!, second!) && shared(first!, last!)
}

function entryOf(object: Record<string, unknown>, base: string): ValueEntry {
  const names = new Set<string>()
  const said: { url: string | null; title: string | null } = { url: null, title: null }
  const look = (value: Record<string, unknown>, depth: number) => {
    for (const [key, one] of Object.entries(value).slice(0, 200)) {
      if (typeof one === 'number' && Number.isSafeInteger(one)) names.add(String(one))
      else if (typeof one === 'string' && one.length < 2_000) {
        const text = one.trim()
        if (titleKey.test(key)) said.title ??= oneLine(text)
        if (addressKey.test(key) && !looksLikePicture(text)) said.url ??= addressOf(text, base)
        if (text) names.add(text)
      } else if (one && typeof one === 'object' && !Array.isArray(one) && depth < nameDepth)
        look(one as Record<string, unknown>, depth + 1)
    }
  }
  look(object, 1)
  return { names, ...said, pictures: picturesInJson(object).map(({ urls }) => urls) }
}

function addressOf(text: string, base: string): string | null {
  if (!/^(?:https?:)?\/|^[\w.-]+\/[\w./-]+$/.test(text)) return null
  const resolved = resolvePageUrl(unescapeUrl(text), base)
  return 'url' in resolved ? resolved.url : null
}

import type { Picture } from '../merge.ts'
import { normalUrl } from '../normal-url.ts'
import { resolvePageUrl } from '../read/page-url.ts'
import type { PageValue } from '../read/page-values.ts'
import type { FoundRecord } from './found-record.ts'
import { fewest } from './proposals.ts'
import { valueLists } from './value-lists.ts'
import type { ValueEntry } from './value-lists.ts'

interface Means {
  readonly values: readonly PageValue[]
  readonly pictures: readonly Picture[]
  readonly base: string
}

/**
 * Gives records the pictures that only the page's data knows: lists often show their first entries and leave the others
 * to scripts. An object belongs to a record if it says the record's address, or the number that tells its address from
 * the others'.
 */
export function withPicturesFromValues(
  records: readonly FoundRecord[],
  { values, pictures, base }: Means,
): readonly FoundRecord[] {
  const bare = records.filter((record) => record.pictures.length === 0)
  const lists = records.length ? valueLists(values, base) : []
  if (lists.length === 0) return records
  const numberOf = pictureNumbers(pictures, base)
  const matches = lists.map((entries) => matched(records, entries, numberOf))
  const gain = (match: ReadonlyMap<FoundRecord, readonly number[]>) =>
    bare.filter((record) => match.has(record)).length * 1000 + match.size
  const best = matches.reduce((a, b) => (gain(b) > gain(a) ? b : a))
  return records.map((record) => ({ ...record, pictures: joined(record.pictures, best.get(record) ?? []) }))
}

/**
 * Records that only the page's data knows, where the markup has none: each with an address of its own. Variants of one
 * thing, whose addresses differ from the page's by the query alone, are no records.
 */
export function recordsOfValues({ values, pictures, base }: Means): readonly FoundRecord[] {
  const numberOf = pictureNumbers(pictures, base)
  const lists = valueLists(values, base).map((entries) =>
    entries.flatMap(({ url, title, pictures }) => {
      const own = numbersOf(pictures, numberOf)
      return url && own.length && !isVariant(url, base) ? [{ url, title, pictures: own }] : []
    }),
  )
  const best = lists.reduce((a, b) => (b.length > a.length ? b : a), [])
  return new Set(best.map(({ url }) => url)).size >= fewest ? best : []
}

/** Whether an address is the page's own but for its query; a page of parameters alone is none by that. */
function isVariant(url: string, base: string): boolean {
  const [one, other] = [URL.parse(url), URL.parse(base)]
  if (!one || !other || one.host !== other.host || one.pathname !== other.pathname) return false
  return one.pathname.length > 1 && !/\.\w{2,4}$/.test(one.pathname)
}

/** What the data says more of a record, if it says the same at all. */
function joined(shown: readonly number[], said: readonly number[]): readonly number[] {
  if (!shown.every((picture) => said.includes(picture))) return shown
  return [...new Set([...shown, ...said])]
}

function matched(
  records: readonly FoundRecord[],
  entries: readonly ValueEntry[],
  numberOf: (url: string) => number | undefined,
): ReadonlyMap<FoundRecord, readonly number[]> {
  const byName = new Map<string, ValueEntry | null>()
  for (const entry of entries)
    for (const name of new Set([...entry.names, ...(entry.url ? [entry.url] : [])]))
      byName.set(name, byName.has(name) ? null : entry)
  const found = new Map<FoundRecord, readonly number[]>()
  for (const record of records) {
    const entry = namesOf(record.url ?? '')
      .map((name) => byName.get(name))
      .find(Boolean)
    if (entry?.pictures.length) found.set(record, numbersOf(entry.pictures, numberOf))
  }
  return found
}

/** What an entry may call a record by its address: the whole, the path, or a long number or code in it. */
function namesOf(url: string): readonly string[] {
  const { pathname = '', search = '' } = URL.canParse(url) ? new URL(url) : {}
  const codes = `${pathname}${search}`.match(/[A-Za-z\d]{5,}/g)?.filter((code) => /\d{3}/.test(code)) ?? []
  const slug = pathname.split('/').filter(Boolean).at(-1) ?? ''
  return [url, pathname + search, pathname, pathname.replace(/\/$/, ''), slug, ...codes.reverse()]
}

function numbersOf(
  pictures: readonly (readonly { readonly text: string }[])[],
  numberOf: (url: string) => number | undefined,
): readonly number[] {
  const found = pictures.flatMap((urls) => {
    const known = urls.map(({ text }) => numberOf(text)).find((number) => number !== undefined)
    return known === undefined ? [] : [known]
  })
  return [...new Set(found)]
}

function pictureNumbers(pictures: readonly Picture[], base: string) {
  const numbers = new Map<string, number>()
  pictures.forEach(({ met }, at) => {
    for (const { urls } of met) for (const { normal } of urls) numbers.set(normal, at)
  })
  return (text: string) => {
    const resolved = resolvePageUrl(text, base)
    return 'url' in resolved ? numbers.get(normalUrl(resolved.url)) : undefined
  }
}

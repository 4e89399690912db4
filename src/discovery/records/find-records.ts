import type { Element } from 'domhandler'
import { isTag } from 'domhandler'
import type { Picture } from '../merge.ts'
import type { Reading } from '../read/reading.ts'
import { oneLine, textOf } from '../read/words.ts'
import { heaviest, weigh } from './choose.ts'
import type { Weighed } from './choose.ts'
import { picturePlaces } from './entry-pictures.ts'
import type { PicturePlaces } from './entry-pictures.ts'
import { linksWithin } from './page-links.ts'
import type { PageLink } from './page-links.ts'
import type { PageValue } from '../read/page-values.ts'
import { recordsOfValues, withPicturesFromValues } from './from-values.ts'
import { isAboutList, promising } from './about-list.ts'
import type { FoundRecord } from './found-record.ts'
import { identityOf } from './identity.ts'
import { withOtherMakes } from './mixed.ts'
import { withSameMake } from './same-make.ts'
import { pathNumbers } from './path-numbers.ts'
import type { PathNumber } from './path-numbers.ts'
import { entriesOfSite } from './site-entries.ts'
import type { SiteParts } from '../sites/site-parts.ts'
import { picturesOfRecords } from './slots.ts'
import { proposals } from './proposals.ts'
import type { Entry } from './proposals.ts'

interface Means {
  /** The page's own address, and what its links are relative to. */
  readonly url: string
  readonly base: string
  /** Long numbers in its address, which its own photographs' pages have in theirs. */
  readonly codes: readonly string[]
  readonly links: readonly PageLink[]
  /** What the page's scripts say as data. */
  readonly values: readonly PageValue[]
  readonly pictures: readonly Picture[]
  readonly reading: Reading
  readonly site: SiteParts | null
  /** What the markup promises of a picture by itself, in points. */
  readonly worth: (picture: number) => number
  /** The same without what its place takes from it. */
  readonly worthAlone: (picture: number) => number
}

/** What repeats on a page. */
export interface Repeated {
  /** The entries of a list page, in page order; empty where the page is about one thing. */
  readonly records: readonly FoundRecord[]
  /** Of pictures in entries that lead to other pages: how many such entries there are. */
  readonly amongEntries: ReadonlyMap<number, number>
}

/** A picture of which less is promised shows no item: an icon, a tracker, a blank. */
const leastWorth = 10

/** Finds what repeats on a page, and whether that is what the page is about. */
export function findRecords(means: Means): Repeated {
  const { links, pictures, reading, site, worthAlone } = means
  const path = pathNumbers()
  const places = picturePlaces(pictures, (picture) => worthAlone(picture) > leastWorth)
  const weighed = proposals(links, reading, path).map((one) => weigh(one, reading, places))
  const told = site && entriesOfSite(site, links, reading)
  if (told) return toldRecords(weigh({ entries: told }, reading, places), means, path)
  const first = heaviest(weighed) ?? heaviest(withoutLinks(pictures, { reading, places, path }))
  if (!first) {
    const hasSubject = pictures.some((_, at) => means.worth(at) >= promising)
    return { records: hasSubject ? [] : recordsOfValues(means), amongEntries: new Map() }
  }
  const best = withOtherMakes(withSameMake(first, { links, reading, places }), weighed)
  const records = isAboutList(best, means)
    ? recordsOf(best, picturesOfRecords(best, { reading, path, worth: worthAlone }), links)
    : []
  return {
    records: illustrated(records, means),
    amongEntries: amongEntries(
      first.entries[0]!.link.url === null ? weighed : [...weighed, best],
      means.codes,
    ),
  }
}

/** Entries around single pictures, for lists that lead nowhere or only by script. */
function withoutLinks(
  pictures: readonly Picture[],
  { reading, places, path }: { reading: Reading; places: PicturePlaces; path: PathNumber },
): readonly Weighed[] {
  const all = places.within({ from: 0, to: reading.count() })
  const links = all.map(({ picture, order }) => {
    const { key } = pictures[picture]!.best
    return { element: reading.elementAt(order), order, target: key, url: null }
  })
  return proposals(links, reading, path).map((one) => weigh(one, reading, places))
}

/** With what the page's data adds; a list in which nothing has a picture is none for us. */
function illustrated(records: readonly FoundRecord[], means: Means): readonly FoundRecord[] {
  const whole = withPicturesFromValues(records, means)
  return whole.some(({ pictures }) => pictures.length) ? whole : []
}

/** The records that a site's own rules point at. */
function toldRecords(list: Weighed, means: Means, path: PathNumber): Repeated {
  const { reading, links, worthAlone } = means
  const pictures = picturesOfRecords(list, { reading, path, worth: worthAlone })
  return { records: illustrated(recordsOf(list, pictures, links), means), amongEntries: new Map() }
}

/** What says more, in letters, is no entry that leads elsewhere but a part of a story. */
const mostText = 1_000

/** Pictures in entries that say something of themselves, as related items do and the thumbnails of a gallery do not. */
function amongEntries(all: readonly Weighed[], codes: readonly string[]): ReadonlyMap<number, number> {
  const numbers = new Set(codes.filter((code) => /\d{5}/.test(code)))
  const isOfPage = (url: string) =>
    [...(URL.parse(url)?.searchParams.values() ?? [])].some((one) => numbers.has(one))
  const counts = new Map<number, number>()
  for (const { entries, pictures, said, text } of all) {
    const isTerse = text < mostText * entries.length
    if (entries.filter(({ link }) => isOfPage(link.url ?? '')).length >= entries.length / 2) continue
    if (
      !isTerse ||
      said < 0.3 * entries.length ||
      pictures.filter((own) => own.length).length < entries.length / 2
    )
      continue
    for (const { picture } of pictures.flat())
      counts.set(picture, Math.max(counts.get(picture) ?? 0, entries.length))
  }
  return counts
}

/** A list with more is cut; candidates are, too. */
const maxRecords = 5_000

function recordsOf(
  { entries }: Weighed,
  pictures: readonly (readonly number[])[],
  links: readonly PageLink[],
): readonly FoundRecord[] {
  const found = new Map<string, FoundRecord>()
  const identity = identityOf(entries.map(({ link }) => link))
  entries.slice(0, maxRecords).forEach((entry, at) => {
    const { url } = entry.link
    const name = identity(entry.link)
    const before = found.get(name)
    if (!before) found.set(name, { url, title: titleOf(entry, links), pictures: pictures[at]! })
    else if (!before.pictures.length) found.set(name, { ...before, pictures: pictures[at]! })
  })
  return [...found.values()]
}

function titleOf({ block, link, span }: Entry, links: readonly PageLink[]): string | null {
  const heading = firstHeading(block)
  const own = linksWithin(links, span).flatMap(({ target, element }) =>
    target === link.target ? (textOf(element) ?? []) : [],
  )
  const longest = own.reduce((best, text) => (text.length > best.length ? text : best), '')
  return (heading && textOf(heading)) || longest || oneLine(link.element.attribs['title']) || textOf(block)
}

function firstHeading(block: Element): Element | null {
  const open: Element[] = [block]
  while (open.length) {
    const next = open.pop()!
    if (/^h[1-6]$/.test(next.name) && textOf(next)) return next
    for (let at = next.children.length - 1; at >= 0; at--) {
      const child = next.children[at]!
      if (isTag(child)) open.push(child)
    }
  }
  return null
}

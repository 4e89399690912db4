import { besideLead } from './score/beside-lead.ts'
import { candidatesOf, inReadingOrder } from './candidates.ts'
import { expectedScores, isItself, judged, worthAlone, worthOf } from './score/expected-score.ts'
import type { Judged } from './score/expected-score.ts'
import type { Findings } from './finder.ts'
import { merge } from './merge.ts'
import type { Picture } from './merge.ts'
import { readMarkup } from './read-markup.ts'
import type { ReadMarkup } from './read-markup.ts'
import { findRecords } from './records/find-records.ts'
import type { FoundRecord } from './records/found-record.ts'
import type { Part } from './score/score-rules.ts'
import type { Site } from './sites/site.ts'
import { underSiteRules } from './sites/site-score.ts'
import { sites as knownSites } from './sites/sites.ts'

/** A page with more pictures is a catalogue; what is beyond is counted and left out. */
const maxCandidates = 5_000

/** A page as text, at its own address. */
export interface Page {
  readonly html: string
  readonly url: string
  /** Sites with rules of their own; by default all that are known. */
  readonly sites?: readonly Site[]
}

/**
 * All pictures that a page's markup names, each once, in the order in which a reader meets them, and the records of a
 * list page. Takes any HTML, however broken; relative URLs are resolved against `<base>` or else `url`, which must be
 * absolute.
 */
export function findOnPage({ html, url, sites = knownSites }: Page): Findings {
  const read = readMarkup(html, url, sites)
  const ordered = inReadingOrder(merge(read.met))
  const pictures = ordered.slice(0, maxCandidates)
  const all = underSiteRules(judged(pictures, read.facts), pictures, read.site)
  const { records, around } = lookAround(read, pictures, all)
  const inRecord = recordOfPicture(records)
  const candidates = candidatesOf(pictures, expectedScores(all, around)).map((candidate, at) => ({
    ...candidate,
    record: inRecord.get(at) ?? null,
  }))
  const { dataUris, unusableUrls, facts, next } = read
  return {
    base: facts.base,
    title: facts.title,
    candidates,
    records: records.map(({ pictures: own, ...record }) => ({
      ...record,
      images: own.map((at) => candidates[at]!.url),
    })),
    next: records.length ? next : null,
    leftOut: { dataUris, unusableUrls, surplus: ordered.length - pictures.length },
  }
}

/** What follows for pictures from those around them: the page's records, its other entries, its gallery. */
function lookAround(
  { facts, links, values, reading, site }: ReadMarkup,
  pictures: readonly Picture[],
  all: readonly Judged[],
) {
  const worth = (at: number) => worthOf(all[at]!)
  const { records, amongEntries } = findRecords({
    url: facts.url,
    base: facts.base,
    codes: facts.codes,
    links,
    values,
    pictures,
    reading,
    site,
    worth,
    worthAlone: (at) => worthAlone(all[at]!),
  })
  if (records.length) return { records, around: ofRecords(records, all) }
  const standsAlone = (at: number) => !amongEntries.has(at) && isItself(all[at]!)
  const beside = besideLead({ pictures, reading, worth, standsAlone })
  return { records, around: aroundSubject(all, amongEntries, beside) }
}

function recordOfPicture(records: readonly FoundRecord[]): ReadonlyMap<number, number> {
  const found = new Map<number, number>()
  records.forEach(({ pictures }, record) => {
    for (const picture of pictures) if (!found.has(picture)) found.set(picture, record)
  })
  return found
}

/** On a list page, a record's picture is what is looked for, wherever it stands and leads. */
function ofRecords(records: readonly FoundRecord[], all: readonly Judged[]): ReadonlyMap<number, Part> {
  const found = new Map<number, Part>()
  for (const [picture, record] of recordOfPicture(records)) {
    const points = 15 + worthAlone(all[picture]!) - worthOf(all[picture]!)
    found.set(picture, { points, reason: `shows record ${record + 1} of the list` })
  }
  return found
}

/** What stands with the leading picture belongs to the item, and is lifted to this many points, not beyond. */
const besideLeadWorth = 50

/** On a page about one thing, what is among alike entries that lead elsewhere shows other things. */
function aroundSubject(
  all: readonly Judged[],
  amongEntries: ReadonlyMap<number, number>,
  beside: ReadonlySet<number>,
): ReadonlyMap<number, Part> {
  const found = new Map<number, Part>()
  for (const picture of beside) {
    const points = Math.min(25, besideLeadWorth - worthOf(all[picture]!))
    if (points > 0) found.set(picture, { points, reason: 'stands with the leading picture' })
  }
  for (const [picture, count] of amongEntries)
    if (!all[picture]!.traits.declaredBy)
      found.set(picture, { points: -20, reason: `in one of ${count} alike entries` })
  return found
}

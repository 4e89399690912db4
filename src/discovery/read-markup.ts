import { parsePage } from './read/parse-page.ts'
import type { Extractor } from './read/extractor.ts'
import { embed } from './extractors/embed.ts'
import { img } from './extractors/img.ts'
import { jsonLd } from './extractors/json-ld.ts'
import { lazy } from './extractors/lazy.ts'
import { link } from './extractors/link.ts'
import { meta } from './extractors/meta.ts'
import { microdata } from './extractors/microdata.ts'
import { picture } from './extractors/picture.ts'
import { state } from './extractors/state.ts'
import { style } from './extractors/style.ts'
import { metUrl } from './merge.ts'
import type { Met } from './merge.ts'
import { pageFacts } from './read/page-facts.ts'
import type { PageFacts } from './read/page-facts.ts'
import { resolvePageUrl } from './read/page-url.ts'
import { contentsOf } from './read/page-values.ts'
import type { PageValue } from './read/page-values.ts'
import { nextPageGatherer } from './pages/pagination.ts'
import type { NextPage } from './pages/pagination.ts'
import { newReading } from './read/reading.ts'
import type { Reading } from './read/reading.ts'
import { linkGatherer } from './records/page-links.ts'
import type { PageLink } from './records/page-links.ts'
import type { Sighting } from './read/sighting.ts'
import type { Site } from './sites/site.ts'
import { sitePartsOf } from './sites/site-parts.ts'
import type { SiteParts } from './sites/site-parts.ts'
import { siteOf } from './sites/sites.ts'
import { walk } from './read/walk.ts'

/** A page after one reading from top to end, before anything is concluded from it. */
export interface ReadMarkup {
  readonly facts: PageFacts
  readonly met: readonly Met[]
  readonly dataUris: number
  readonly unusableUrls: number
  readonly links: readonly PageLink[]
  readonly next: NextPage | null
  readonly values: readonly PageValue[]
  readonly reading: Reading
  /** What the rules for this one site point at; null for sites without. */
  readonly site: SiteParts | null
}

const extractors: readonly Extractor[] = [
  img,
  picture,
  lazy,
  embed,
  link,
  microdata,
  style,
  meta,
  jsonLd,
  state,
]
/** More sightings are not compared, so that memory stays bounded. */
const maxSightings = 150_000
const maxUrls = 200_000

/** Reads a page's markup once; `url` is the page's own address, `sites` those with rules of their own. */
export function readMarkup(html: string, url: string, sites: readonly Site[]): ReadMarkup {
  const root = parsePage(html)
  const facts = pageFacts(root, url)
  const reading = newReading()
  const { links, note } = linkGatherer(facts.base)
  const pagination = nextPageGatherer(facts)
  const values: PageValue[] = []
  const sightings: Sighting[] = []
  let urls = 0
  for (const visit of walk(root)) {
    reading.note(visit)
    note(visit)
    pagination.note(visit)
    if (visit.element.name === 'script')
      for (const value of contentsOf(visit.element).values) values.push(value)
    for (const extract of extractors)
      for (const sighting of extract(visit)) {
        sightings.push(sighting)
        urls += sighting.urls.length
      }
    if (sightings.length >= maxSightings || urls >= maxUrls) break
  }
  const site = siteOf(html, url, sites)
  const parts = site && sitePartsOf(root, site, reading)
  return {
    facts,
    links,
    values,
    reading,
    site: parts,
    next: pagination.next(),
    ...resolveAll(firstDeclarations(sightings), facts),
  }
}

/** Of several pictures declared in one way, the first is the primary one (Open Graph, JSON-LD and microdata alike). */
function firstDeclarations(sightings: readonly Sighting[]): readonly Sighting[] {
  const seen = new Set<string>()
  return sightings.map((sighting) => {
    if (!sighting.declaredBy) return sighting
    if (seen.has(sighting.declaredBy)) return { ...sighting, declaredBy: null }
    seen.add(sighting.declaredBy)
    return sighting
  })
}

/** What a page calls its own: itself with other parameters, what lies below it, and what says its number. */
function ownLink(sighting: Sighting, { base, codes }: PageFacts): Sighting {
  if (sighting.linksTo !== 'page' || !sighting.linkHref || !URL.canParse(sighting.linkHref, base))
    return sighting
  const { host, pathname } = new URL(sighting.linkHref, base)
  const here = new URL(base)
  const own = here.pathname.replace(/\/$/, '')
  const isBelow = own !== '' && (pathname === own || pathname.startsWith(`${own}/`))
  const saysNumber = codes.some(
    (code) => /\d{5}/.test(code) && sighting.linkHref!.toLowerCase().includes(code),
  )
  const isOwn = host === here.host && (isBelow || saysNumber)
  return isOwn ? { ...sighting, linksTo: null } : sighting
}

function resolveAll(sightings: readonly Sighting[], facts: PageFacts) {
  const { base } = facts
  const met: Met[] = []
  const leftOut = { data: 0, unusable: 0, empty: 0 }
  for (const sighting of sightings) {
    const urls = sighting.urls.flatMap((written) => {
      const resolved = resolvePageUrl(written.text, base)
      if ('url' in resolved) return [metUrl({ ...written, url: resolved.url })]
      leftOut[resolved.not]++
      return []
    })
    if (urls.length) met.push({ serial: met.length, sighting: ownLink(sighting, facts), urls })
  }
  return { met, dataUris: leftOut.data, unusableUrls: leftOut.unusable }
}

import type { Document } from 'domhandler'
import { candidatesOf } from './candidates.ts'
import type { Extractor } from './extractor.ts'
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
import type { Findings } from './finder.ts'
import { merge, metUrl } from './merge.ts'
import type { Met } from './merge.ts'
import { pageFacts } from './page-facts.ts'
import { resolvePageUrl } from './page-url.ts'
import { parsePage } from './parse-page.ts'
import type { Sighting } from './sighting.ts'
import { walk } from './walk.ts'

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
/** A page with more pictures is a catalogue; what is beyond is counted and left out. */
const maxCandidates = 5_000
/** More sightings are not compared, so that memory stays bounded. */
const maxSightings = 150_000

/**
 * All pictures that a page's markup names, each once, in the order in which a reader meets them. Takes any HTML, however
 * broken; relative URLs are resolved against `<base>` or else `url`, which must be absolute.
 */
export function findOnPage({ html, url }: { readonly html: string; readonly url: string }): Findings {
  const root = parsePage(html)
  const facts = pageFacts(root, url)
  const sightings = firstDeclarations(sightingsOn(root))
  const { met, dataUris, unusableUrls } = resolveAll(sightings, facts.base)
  const pictures = merge(met)
  const candidates = candidatesOf(pictures, facts, maxCandidates)
  return {
    base: facts.base,
    title: facts.title,
    candidates,
    records: [],
    leftOut: { dataUris, unusableUrls, surplus: pictures.length - candidates.length },
  }
}

function sightingsOn(root: Document): readonly Sighting[] {
  const sightings: Sighting[] = []
  for (const visit of walk(root)) {
    for (const extract of extractors) for (const sighting of extract(visit)) sightings.push(sighting)
    if (sightings.length >= maxSightings) break
  }
  return sightings
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

function resolveAll(sightings: readonly Sighting[], base: string) {
  const met: Met[] = []
  const leftOut = { data: 0, unusable: 0, empty: 0 }
  for (const sighting of sightings) {
    const urls = sighting.urls.flatMap((written) => {
      const resolved = resolvePageUrl(written.text, base)
      if ('url' in resolved) return [metUrl({ ...written, url: resolved.url })]
      leftOut[resolved.not]++
      return []
    })
    if (urls.length) met.push({ serial: met.length, sighting, urls })
  }
  return { met, dataUris: leftOut.data, unusableUrls: leftOut.unusable }
}

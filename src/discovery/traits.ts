import { sizeKey } from './largest-url.ts'
import type { Picture } from './merge.ts'
import type { Sighting } from './sighting.ts'
import { tellingWords, wordsOf } from './words.ts'
import { isBeside } from './zones.ts'
import type { Zone } from './zones.ts'

/** What the markup says of a picture, gathered from all its sightings. */
export interface Traits {
  readonly declaredBy: string | null
  /** The largest sizes that are claimed or named, in pixels; null when nothing says one. */
  readonly width: number | null
  readonly height: number | null
  /** Zones of the sighting that stands best. */
  readonly zones: ReadonlySet<Zone>
  readonly fileWords: readonly string[]
  /** Class names, ids and keys. */
  readonly labelWords: readonly string[]
  readonly altWords: ReadonlySet<string>
  readonly url: string
  readonly linksTo: Sighting['linksTo']
  /** Widest entry of a srcset, 0 without one. */
  readonly srcsetWidth: number
  readonly hasLarger: boolean
  /** Known to scripts, to style sheets, or to the page's declarations only. */
  readonly onlyIn: 'state' | 'style sheet' | 'css' | 'link' | 'meta' | null
  /** How many elements show it. */
  readonly shown: number
  readonly standsIn: boolean
}

/** Gathers the traits of a picture. */
export function traitsOf(picture: Picture): Traits {
  const sightings = picture.met.map(({ sighting }) => sighting)
  const visible = sightings.filter(({ standing }) => standing === 'read')
  const urls = picture.met.flatMap((one) => one.urls)
  const leading = visible.toSorted((a, b) => besides(a) - besides(b))[0] ?? sightings[0]!
  const sizes = sightings.map(({ declared }) => declared)
  return {
    declaredBy: sightings.find(({ declaredBy }) => declaredBy)?.declaredBy ?? null,
    width: most([
      ...sizes.map(({ width }) => width),
      ...urls.map(({ width }) => width),
      sizeKey(picture.best.url).width,
    ]),
    height: most([...sizes.map(({ height }) => height), ...urls.map(({ height }) => height)]),
    zones: leading.zones,
    fileWords: wordsOf(fileName(picture.best.url)),
    labelWords: [...new Set(sightings.slice(0, 50).flatMap(({ label }) => wordsOf(label)))],
    altWords: tellingWords(
      sightings.map(({ altText }) => altText ?? '').reduce((a, b) => (b.length > a.length ? b : a)),
    ),
    url: picture.best.url,
    linksTo:
      visible.length && visible.every(({ linksTo }) => linksTo === 'page')
        ? 'page'
        : leading.linksTo === 'picture'
          ? 'picture'
          : null,
    srcsetWidth:
      most(
        picture.met
          .filter(({ sighting }) => sighting.foundIn === 'srcset')
          .flatMap((one) => one.urls.map(({ width }) => width)),
      ) ?? 0,
    hasLarger: urls.some(({ grade }) => grade === 'large') && urls.length > 1,
    onlyIn: onlyIn(sightings),
    shown: new Set(visible.filter(({ foundIn }) => foundIn !== 'state').map(({ owner }) => owner)).size,
    standsIn: picture.standsIn,
  }
}

const besides = ({ zones }: Sighting) => [...zones].filter(isBeside).length - (zones.has('gallery') ? 0.5 : 0)

function most(numbers: readonly (number | null | undefined)[]): number | null {
  return numbers.reduce<number | null>(
    (best, one) => (one == null || (best !== null && best >= one) ? best : one),
    null,
  )
}

function fileName(url: string): string {
  const { pathname, search } = new URL(url)
  const path = `${pathname.split('/').slice(-2).join('/')}${search.slice(0, 60)}`
  return decoded(path)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function onlyIn(sightings: readonly Sighting[]): Traits['onlyIn'] {
  const all = (test: (sighting: Sighting) => boolean) => sightings.every(test)
  if (all(({ foundIn }) => foundIn === 'state')) return 'state'
  if (all(({ foundIn, standing }) => foundIn === 'css' && standing === 'behind')) return 'style sheet'
  if (all(({ foundIn }) => foundIn === 'css')) return 'css'
  if (all(({ foundIn }) => foundIn === 'link')) return 'link'
  return all(({ standing }) => standing === 'stated') ? 'meta' : null
}

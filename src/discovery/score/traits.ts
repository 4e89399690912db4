import type { Picture } from '../merge.ts'
import type { Sighting } from '../read/sighting.ts'
import { tellingWords, wordsOf } from '../read/words.ts'
import { isBeside } from '../read/zones.ts'
import type { Zone } from '../read/zones.ts'

/** What the markup says of a picture, gathered from all its sightings. */
export interface Traits {
  readonly declaredBy: string | null
  /** The largest width that is claimed or named, in pixels; null when nothing says one. */
  readonly width: number | null
  /** The largest bounds that one place claims whole. */
  readonly bounds: { readonly width: number; readonly height: number } | null
  /** Zones of the sighting that stands best. */
  readonly zones: ReadonlySet<Zone>
  readonly fileWords: readonly string[]
  /** Class names, ids and keys, and those of the pictures' own elements. */
  readonly labelWords: readonly string[]
  readonly classWords: readonly string[]
  readonly altWords: ReadonlySet<string>
  /** What stands around it: its caption, the text of the link around it. */
  readonly contextWords: ReadonlySet<string>
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
  const urls = picture.met.flatMap((one) => one.urls)
  const read = sightings.filter(({ standing }) => standing === 'read')
  const visible = read.filter(({ foundIn }) => foundIn !== 'state')
  const leading =
    (visible.length ? visible : read).toSorted((a, b) => besides(a) - besides(b))[0] ?? sightings[0]!
  const own = sightings.filter(({ foundIn }) => foundIn === 'img' || foundIn === 'srcset')
  const alts = sightings.map(({ altText }) => altText ?? '')
  return {
    declaredBy: sightings.find(({ declaredBy }) => declaredBy)?.declaredBy ?? null,
    width: widthOf(picture),
    bounds: boundsOf(sightings),
    zones: leading.zones,
    fileWords: wordsOf(fileName(picture.best.url)),
    labelWords: labelWords(sightings),
    classWords: labelWords(own),
    altWords: tellingWords(alts.reduce((a, b) => (b.length > a.length ? b : a))),
    contextWords: tellingWords(
      sightings
        .slice(0, 10)
        .map(({ context }) => context ?? '')
        .join(' '),
    ),
    url: picture.best.url,
    linksTo: linkOf(visible, leading),
    srcsetWidth:
      most(urls.map(({ width, grade }) => (grade === 'shown' || grade === 'later' ? width : null))) ?? 0,
    hasLarger: urls.length > 1 && urls.some(({ grade }) => grade === 'large'),
    onlyIn: onlyIn(sightings),
    shown: new Set(visible.filter(({ zones }) => !zones.has('copy')).map(({ owner }) => owner)).size,
    standsIn: picture.standsIn,
  }
}

const labelWords = (sightings: readonly Sighting[]) => [
  ...new Set(sightings.slice(0, 50).flatMap(({ label }) => wordsOf(label))),
]

function widthOf({ met, best }: Picture): number | null {
  const declared = met.map(({ sighting }) => sighting.declared.width)
  const described = met.flatMap(({ urls }) => urls.map(({ width }) => width))
  return most([...declared, ...described, best.ownWidth])
}

function boundsOf(sightings: readonly Sighting[]): Traits['bounds'] {
  return sightings.reduce<Traits['bounds']>((best, { declared: { width, height } }) => {
    if (width === undefined || height === undefined || width <= (best?.width ?? -1)) return best
    return { width, height }
  }, null)
}

/** A picture that links elsewhere wherever it is shown is a way to another page. */
function linkOf(visible: readonly Sighting[], leading: Sighting): Sighting['linksTo'] {
  if (visible.length && visible.every(({ linksTo }) => linksTo === 'page')) return 'page'
  return leading.linksTo === 'picture' ? 'picture' : null
}

const besides = ({ zones }: Sighting) => [...zones].filter(isBeside).length - (zones.has('gallery') ? 0.5 : 0)

function most(numbers: readonly (number | null | undefined)[]): number | null {
  return numbers.reduce<number | null>(
    (best, one) => (one == null || (best !== null && best >= one) ? best : one),
    null,
  )
}

function fileName(url: string): string {
  return decoded(new URL(url).pathname.split('/').slice(-2).join('/'))
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

import type { Candidate } from '../catalog/image.ts'
import type { FoundCandidate } from './finder.ts'
import type { Picture } from './merge.ts'
import type { Sighting } from './read/sighting.ts'

/** Pictures with what their markup promises, in the order given. */
export function candidatesOf(
  pictures: readonly Picture[],
  expected: readonly Candidate['expected'][],
): readonly Omit<FoundCandidate, 'record'>[] {
  return pictures.map((picture, position) => ({
    ...described(picture),
    position,
    expected: expected[position]!,
  }))
}

function described(picture: Picture) {
  const sightings = picture.met.map(({ sighting }) => sighting)
  const named = picture.met.find(({ urls }) => urls.includes(picture.best))!.sighting
  return {
    url: picture.best.url,
    foundIn: named.foundIn,
    declaredPrimary: sightings.some(({ declaredBy }) => declaredBy),
    altText: longest(sightings.map(({ altText }) => altText)),
    context: longest(sightings.map(({ context }) => context)),
    declared: largestDeclared(sightings),
  }
}

/** A place in the reading order: by rank, then by order, then by the steps behind another picture. */
interface Place {
  readonly rank: number
  readonly order: number
  readonly behind: number
}

/**
 * Pictures in the order in which a reader meets them. What is only stated about the page comes before what a reader meets, unless it is stated after a picture that a reader
 * meets; then it follows that one, as the second picture of a gallery whose first alone is shown.
 */
export function inReadingOrder(pictures: readonly Picture[]): readonly Picture[] {
  const places = new Map(pictures.map((picture) => [picture, placeOf(picture)]))
  const lastStated = new Map<string, Place>()
  const stated = pictures.flatMap((picture) =>
    picture.met.filter(({ sighting }) => sighting.standing === 'stated').map((one) => ({ ...one, picture })),
  )
  for (const { picture, sighting } of stated.sort((a, b) => a.serial - b.serial)) {
    const before = lastStated.get(sighting.foundIn)
    const own = places.get(picture)!
    if (own.rank === 0 && before?.rank === 1) places.set(picture, { ...before, behind: before.behind + 1 })
    lastStated.set(sighting.foundIn, places.get(picture)!)
  }
  return [...places]
    .sort(([, a], [, b]) => a.rank - b.rank || a.order - b.order || a.behind - b.behind)
    .map(([picture]) => picture)
}

/**
 * What only styles and scripts of the head know comes last. A script in the body has its place there, unless the same
 * picture is also shown.
 */
function placeOf({ met }: Picture): Place {
  const orders = (wanted: (sighting: Sighting) => boolean) =>
    met.flatMap(({ sighting }) => (wanted(sighting) ? [sighting.order] : []))
  const tiers = [
    {
      rank: 1,
      found: orders(
        ({ standing, foundIn, zones }) => standing === 'read' && foundIn !== 'state' && !zones.has('copy'),
      ),
    },
    { rank: 1, found: orders(({ standing, foundIn }) => standing === 'read' && foundIn !== 'state') },
    { rank: 0, found: orders(({ standing }) => standing === 'stated') },
    { rank: 1, found: orders(({ standing }) => standing === 'read') },
    { rank: 2, found: orders(() => true) },
  ]
  const { rank, found } = tiers.find(({ found }) => found.length)!
  return { rank, order: found.reduce((least, order) => Math.min(least, order)), behind: 0 }
}

function longest(texts: readonly (string | null)[]): string | null {
  return texts.reduce((best, text) => ((text?.length ?? 0) > (best?.length ?? 0) ? text : best), null)
}

function largestDeclared(sightings: readonly Sighting[]): Sighting['declared'] {
  return sightings.reduce<Sighting['declared']>(
    (best, { declared }) =>
      (declared.width ?? 0) + (declared.height ?? 0) > (best.width ?? 0) + (best.height ?? 0)
        ? declared
        : best,
    {},
  )
}

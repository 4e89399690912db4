import type { Picture } from '../merge.ts'
import { firstThat } from '../read/first-that.ts'
import type { Sighting } from '../read/sighting.ts'
import type { Span } from '../read/reading.ts'

/** A picture, by its number, at a place of the page. */
export interface PicturePlace {
  readonly picture: number
  readonly order: number
  /** What the place says for the picture where it cannot be seen. */
  readonly alt: string | null
}

/** Where on the page pictures stand. */
export interface PicturePlaces {
  /** In page order, each picture once. */
  readonly within: (span: Span) => readonly PicturePlace[]
}

/** Places of those pictures that may show an item; what a reader does not meet has no place. */
export function picturePlaces(
  pictures: readonly Picture[],
  mayShowItem: (picture: number) => boolean,
): PicturePlaces {
  const places = pictures
    .flatMap(({ met }, picture): readonly PicturePlace[] =>
      mayShowItem(picture)
        ? placesOf(met).map(({ order, altText }) => ({ order, picture, alt: altText }))
        : [],
    )
    .sort((a, b) => a.order - b.order)
  return {
    within({ from, to }) {
      const found = new Map<number, PicturePlace>()
      for (
        let at = firstThat(places, ({ order }) => order >= from);
        at < places.length && places[at]!.order <= to;
        at++
      ) {
        const place = places[at]!
        if (!found.has(place.picture)) found.set(place.picture, place)
      }
      return [...found.values()]
    },
  }
}

/** Where a picture is met; where it is met only in a copy of something, that. */
function placesOf(met: Picture['met']): readonly Sighting[] {
  const read = met.map(({ sighting }) => sighting).filter(({ standing }) => standing === 'read')
  const own = read.filter(({ zones }) => !zones.has('copy'))
  return own.length ? own : read
}

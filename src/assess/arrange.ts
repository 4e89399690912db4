import type { Catalog } from '../catalog/catalog.ts'
import type { Accepted, Rejected, RejectReason } from '../catalog/image.ts'
import type { ImageId } from '../catalog/ids.ts'
import type { Facts } from '../imaging/facts.ts'
import { heroOf } from './hero.ts'
import { repeats } from './likeness.ts'

/** An accepted image, to be placed among its siblings. */
export interface Arrangeable {
  readonly id: ImageId
  readonly position: number
  readonly declaredPrimary: boolean
  readonly url: string
  readonly verdict: Accepted
  readonly facts: Facts
}

/** What an arrangement decides for one image: where it is shown, or why it is not. */
export type Arrangement =
  | { readonly id: ImageId; readonly rank: number; readonly verdict: Accepted }
  | { readonly id: ImageId; readonly verdict: Rejected }

/**
 * Ranks an item's images from 0 in the catalogue's order, chooses the hero, and sets aside what repeats a better one
 * and what is more, or worth less, than the catalogue keeps. The same images give the same arrangement, in whatever order they come.
 */
export function arrange(images: readonly Arrangeable[], catalog: Catalog): readonly Arrangement[] {
  const { minScore, maxImages } = catalog.keep
  const weak = images.filter(({ verdict }) => verdict.score < minScore)
  const bestFirst = images.filter(({ verdict }) => verdict.score >= minScore).toSorted(better)
  const repeated = repeats(bestFirst)
  const single = bestFirst.filter((image) => repeated.get(image) === null).map(promoted(repeated))
  const hero = heroOf(single)
  // The hero stays even where others score higher.
  const kept = single.toSorted(
    (a, b) => Number(b.id === hero?.id) - Number(a.id === hero?.id) || better(a, b),
  )
  const surplus = kept.splice(maxImages)
  const inOrder = kept.toSorted(catalog.order === 'source' ? bySource : better)
  return [
    ...inOrder.map((image, rank) => ({
      id: image.id,
      rank,
      verdict: { ...image.verdict, hero: image.id === hero?.id },
    })),
    ...weak.map((image) =>
      aside(image, 'low-score', `score ${image.verdict.score}, at least ${minScore} wanted`),
    ),
    ...surplus.map((image) => aside(image, 'surplus', `${maxImages} better ones are kept`)),
    ...bestFirst.flatMap((image) => {
      const original = repeated.get(image)
      return original ? [aside(image, 'near-duplicate', `shows the same as ${original.url}`)] : []
    }),
  ]
}

const bySource = (a: Arrangeable, b: Arrangeable) => a.position - b.position || (a.id < b.id ? -1 : 1)

/** Higher score, then more pixels, then the source's order. */
const better = (a: Arrangeable, b: Arrangeable) =>
  b.verdict.score - a.verdict.score || pixels(b) - pixels(a) || bySource(a, b)

const pixels = ({ facts: { bounds } }: Arrangeable) => bounds.width * bounds.height

/** The best of several equal pictures stands where the first of them stood, and is primary if one of them was. */
const promoted =
  (repeated: ReadonlyMap<Arrangeable, Arrangeable | null>) =>
  (image: Arrangeable): Arrangeable => {
    const same = [...repeated].filter(([, original]) => original === image).map(([copy]) => copy)
    return {
      ...image,
      position: Math.min(image.position, ...same.map(({ position }) => position)),
      declaredPrimary: image.declaredPrimary || same.some(({ declaredPrimary }) => declaredPrimary),
    }
  }

const aside = (image: Arrangeable, reason: RejectReason, detail: string): Arrangement => ({
  id: image.id,
  verdict: { accepted: false, reason, detail, otherwise: { ...image.verdict, hero: false } },
})

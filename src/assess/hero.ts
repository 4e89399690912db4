import type { Accepted } from '../catalog/image.ts'

/** What a hero is chosen by. */
export interface HeroCandidate {
  readonly position: number
  readonly declaredPrimary: boolean
  readonly verdict: Accepted
}

/** Below this score a picture does not lead, whatever the source says, where a better one is at hand. */
const leastToLead = 35
/** How much better another must be to lead in place of the one that the source put first. */
const farBetter = 25

/** The image that leads its item, or null: what the source declares, unless unfit; else the best. Never a graphic. */
export function heroOf<I extends HeroCandidate>(images: readonly I[]): I | null {
  const fit = images.filter(({ verdict }) => verdict.kind === 'product' || verdict.kind === 'lifestyle')
  const inOrder = images.toSorted((a, b) => a.position - b.position)
  const worth = (image: I) => worthAt(image, inOrder.indexOf(image))
  const best = fit.toSorted((a, b) => worth(b) - worth(a) || a.position - b.position)[0]
  if (!best) return null
  const declared = fit
    .filter(({ declaredPrimary }) => declaredPrimary)
    .toSorted((a, b) => a.position - b.position)[0]
  return declared && canLead(declared, best) ? declared : best
}

const canLead = ({ verdict }: HeroCandidate, best: HeroCandidate) =>
  verdict.score >= leastToLead || best.verdict.score - verdict.score < farBetter

// A product on plain ground leads better than it scores, and so does what the source put first: of a gallery the first
// picture is the primary one (RESO Media, Order 0).
const worthAt = ({ verdict }: HeroCandidate, place: number) =>
  verdict.score + (verdict.kind === 'product' ? 8 : 0) + (place === 0 ? 8 : 0) - Math.min(place, 10)

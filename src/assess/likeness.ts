import type { Facts } from '../imaging/facts.ts'
import { distance } from '../imaging/likeness-hash.ts'
import { ratioOf } from './kind.ts'

/** Distance at which two pictures are taken for one: saved anew or resized they stay within 4; other pictures are 12 and more apart. */
const nearDistance = 6
/** How far the mean colours of the subjects may lie apart (of 441); one product in two colours is 30 and more. */
const nearColour = 24
/** How far the proportions may differ; more is another crop. */
const nearRatio = 1.04

/** Whether two pictures are one picture, saved or sized differently; equal bytes always are. */
export function isNear(a: Facts, b: Facts): boolean {
  if (a.digest === b.digest) return true
  return isSameShape(a, b) && isSameColour(a, b) && distance(a.likenessHash, b.likenessHash) <= nearDistance
}

function isSameShape(a: Facts, b: Facts): boolean {
  const isWide = ({ bounds }: Facts) => bounds.width > bounds.height
  const ratios = [ratioOf(a), isWide(a) === isWide(b) ? ratioOf(b) : 1 / ratioOf(b)]
  return Math.max(...ratios) / Math.min(...ratios) <= nearRatio
}

const isSameColour = ({ subjectColour: a }: Facts, { subjectColour: b }: Facts) =>
  Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) <= nearColour

/**
 * Of pictures given best first, which is the better one that each repeats: null for those that stand for themselves.
 * Each is held against those that stand only, so that likeness does not creep from one to the next.
 */
export function repeats<P extends { readonly facts: Facts }>(
  bestFirst: readonly P[],
): ReadonlyMap<P, P | null> {
  const found = new Map<P, P | null>()
  for (const picture of bestFirst) {
    const standing = bestFirst.find(
      (better) => found.get(better) === null && isNear(better.facts, picture.facts),
    )
    found.set(picture, standing ?? null)
  }
  return found
}

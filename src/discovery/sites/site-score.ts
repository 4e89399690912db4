import type { Judged } from '../score/expected-score.ts'
import type { Picture } from '../merge.ts'
import type { Span } from '../read/reading.ts'
import type { Part } from '../score/score-rules.ts'
import type { SiteParts } from './site-parts.ts'

/** Adds what a site's rules say of pictures: they are in its gallery, or in what is never the item's. */
export function underSiteRules(
  all: readonly Judged[],
  pictures: readonly Picture[],
  site: SiteParts | null,
): readonly Judged[] {
  if (!site) return all
  return all.map((one, at) => {
    const part = partOf(pictures[at]!, site)
    return part ? { ...one, parts: [...one.parts, part] } : one
  })
}

function partOf({ met }: Picture, { name, gallery, ignored }: SiteParts): Part | null {
  const orders = met.flatMap(({ sighting: { standing, order } }) => (standing === 'read' ? [order] : []))
  const isIn = (spans: readonly Span[]) =>
    orders.some((order) => spans.some(({ from, to }) => from <= order && order <= to))
  if (isIn(gallery)) return { points: 30, reason: `in the gallery, by the rules for ${name}` }
  return isIn(ignored)
    ? { points: -50, reason: `not the item's, by the rules for ${name}`, isPlace: true }
    : null
}

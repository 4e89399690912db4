import type { Catalog } from '../catalog/catalog.ts'
import type { Candidate, Rejected, RejectReason, Verdict } from '../catalog/image.ts'
import type { Facts } from '../imaging/facts.ts'
import { bannerRatio, isBlank, kindOf, looksDrawn, ratioOf } from './kind.ts'
import { reasonsFor } from './reasons.ts'
import { saidToBe } from './said.ts'
import { partsOf, sumOf } from './score.ts'

/** Below this many pixels a graphic is an icon or a badge. */
const badge = 100_000

/**
 * Judges one image by itself: refused with what was measured, or accepted with score, kind and reasons. Whether it is
 * doubled, surplus or the hero is decided among its siblings, by `arrange`.
 */
export function assess(candidate: Candidate, facts: Facts, catalog: Catalog): Verdict {
  const kind = kindOf(candidate, facts)
  const unfit =
    tooSmall(facts, catalog) ??
    placeholder(candidate, facts) ??
    mereGraphic(facts, kind === 'graphic', catalog)
  if (unfit) return unfit
  const parts = partsOf(candidate, facts, kind, catalog)
  const score = sumOf(parts)
  const reasons = reasonsFor(facts, kind, candidate)
  if (score < catalog.keep.minScore)
    return refused(
      'low-score',
      `score ${score}, at least ${catalog.keep.minScore} wanted: ${reasons.join(', ')}`,
    )
  return { accepted: true, score, parts, kind, hero: false, reasons }
}

const refused = (reason: RejectReason, detail: string): Rejected => ({ accepted: false, reason, detail })

function tooSmall({ bounds }: Facts, { keep: { min } }: Catalog): Rejected | null {
  if (bounds.width >= min.width && bounds.height >= min.height) return null
  return refused('too-small', `${bounds.width}×${bounds.height}, at least ${min.width}×${min.height} wanted`)
}

function placeholder(candidate: Candidate, facts: Facts): Rejected | null {
  if (isBlank(facts)) return refused('placeholder', `one colour only: contrast ${facts.contrast.toFixed(3)}`)
  if (saidToBe(candidate) !== 'placeholder' || !looksDrawn(facts)) return null
  return refused('placeholder', `called one, and few colours: ${facts.fewColours.toFixed(2)} of it in eight`)
}

/** Logos, badges and banners; larger graphics are kept, with a lower score, and a property's plans always. */
function mereGraphic(facts: Facts, isGraphic: boolean, { itemKind }: Catalog): Rejected | null {
  if (!isGraphic || itemKind === 'property') return null
  const { width, height } = facts.bounds
  if (ratioOf(facts) >= bannerRatio)
    return refused('graphic', `a banner: ${width}×${height}, flat colours ${facts.flatness.toFixed(2)}`)
  if (width * height < badge)
    return refused(
      'graphic',
      `a logo or badge: ${width}×${height}, flat colours ${facts.flatness.toFixed(2)}`,
    )
  return null
}

import type { Candidate, ImageKind, ScorePart } from '../catalog/image.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { Facts } from '../imaging/facts.ts'
import { densityOf } from './density.ts'
import { ratioOf } from './kind.ts'
import { ramp, tenths } from './ramp.ts'

export type Parts = Readonly<Record<ScorePart, number>>

/** The most that each part can bring; together 100. */
export const mostOfParts = {
  resolution: 28,
  sharpness: 20,
  detail: 10,
  exposure: 10,
  contrast: 14,
  shape: 8,
  context: 10,
}

/** What a graphic loses where photographs are wanted; plans and maps are part of a property's pictures. */
const graphicLoses = (itemKind: Catalog['itemKind']) => (itemKind === 'property' ? 5 : 25)

/** The parts of the score, each rounded to one decimal. */
export function partsOf(candidate: Candidate, facts: Facts, kind: ImageKind, catalog: Catalog): Parts {
  const gained = {
    resolution: tenths(mostOfParts.resolution * resolution(facts)),
    sharpness: tenths(mostOfParts.sharpness * ramp(facts.sharpness, 0.15, 0.85)),
    detail: tenths(mostOfParts.detail * ramp(densityOf(facts), 4, 40)),
    exposure: tenths(mostOfParts.exposure * exposure(facts)),
    contrast: tenths(mostOfParts.contrast * ramp(facts.contrast, 0, 0.28)),
    shape: tenths(mostOfParts.shape * ramp(ratioOf(facts), 4, 2)),
    context: tenths(mostOfParts.context * ramp(candidate.expected.score, 0, 80)),
  }
  const loses = kind === 'graphic' ? graphicLoses(catalog.itemKind) : 0
  return { ...gained, deductions: -Math.min(loses, sumOf(gained)) }
}

/** The score: the sum of its parts, from 0 to 100, to one decimal. */
export const sumOf = (parts: Readonly<Record<string, number>>): number =>
  tenths(Object.values(parts).reduce((sum, points) => sum + points, 0))

/**
 * From 0 at 0.02 megapixels to 1 at 1.5, by the logarithm. Pixels that hold nothing count less: those of an enlarged
 * picture, those of a picture compressed to death.
 */
function resolution(facts: Facts): number {
  const { width, height } = facts.bounds
  const filled = ramp(densityOf(facts), 0, 20) ** 2
  return ramp(Math.log((width * height * filled) / 1e6), Math.log(0.02), Math.log(1.5))
}

/** Too dark, burnt out or drowned in black; a plain light or dark ground is meant to be so. */
function exposure({ brightness, clippedLight, clippedDark, border }: Facts): number {
  const plain = border.threeSides > 0.6
  const burnt =
    plain && border.lightness > 0.9 ? 1 : ramp(clippedLight, 0.7, 0.15) * ramp(brightness, 1, 0.85)
  const drowned = plain && border.lightness < 0.1 ? 1 : ramp(clippedDark, 0.6, 0.1)
  return ramp(brightness, 0.04, 0.42) * burnt * drowned
}

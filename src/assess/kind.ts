import type { Candidate, ImageKind } from '../catalog/image.ts'
import type { Facts } from '../imaging/facts.ts'
import { saidToBe } from './said.ts'

/** Of border plainness and fewness of colours together; between the two clouds of 150 labelled photographs. */
const plainGround = 1.1
/** Drawings have a third and more of their subject in paint; photographs of products a fifth at most. */
const painted = 0.35
/** Sides in this proportion and beyond are a banner's. */
export const bannerRatio = 3

/** The longer side over the shorter. */
export const ratioOf = ({ bounds: { width, height } }: Pick<Facts, 'bounds'>): number =>
  Math.max(width, height) / Math.min(width, height)

/** Whether there is one colour and nothing else: a placeholder, a spacer, a failed rendering. */
export const isBlank = ({ contrast, activity }: Facts): boolean => contrast < 0.012 && activity < 0.002

/** What a picture shows, by its look; the markup speaks only where the look leaves it open. */
export function kindOf(candidate: Pick<Candidate, 'expected' | 'url' | 'altText'>, facts: Facts): ImageKind {
  if (isBlank(facts)) return 'other'
  if (saidToBe(candidate) === 'graphic' && looksDrawn(facts)) return 'graphic'
  if (isGraphic(facts, candidate.expected.kind === 'graphic')) return 'graphic'
  return facts.border.threeSides + facts.fewColours >= plainGround ? 'product' : 'lifestyle'
}

/** Lines on a ground have hardly any flat areas of their own, but few colours all the same. */
export const looksDrawn = ({ fewColours }: Facts): boolean => fewColours >= 0.9

/** Logos, banners, plans, maps, texts: few colours, laid on flat. */
function isGraphic(facts: Facts, isSaidToBe: boolean): boolean {
  const doubt = isSaidToBe || ratioOf(facts) >= bannerRatio ? 0.5 : 1
  return facts.flatness >= painted * doubt && facts.fewColours >= 1 - 0.25 / doubt
}

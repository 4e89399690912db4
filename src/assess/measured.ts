import type { Candidate, ScorePart } from '../catalog/image.ts'
import type { Facts } from '../imaging/facts.ts'
import { densityOf } from './density.ts'
import { ratioOf } from './kind.ts'

/** What each part of a score was judged by, as measured, for people. */
export function measuredFor(facts: Facts, candidate: Candidate): Readonly<Record<ScorePart, string>> {
  const { bounds, sharpness, brightness, clippedDark, clippedLight, contrast, flatness } = facts
  const density = densityOf(facts)
  const percent = (share: number) => `${(share * 100).toFixed(0)} %`
  return {
    resolution: `${bounds.width}×${bounds.height}, ${((bounds.width * bounds.height) / 1e6).toFixed(2)} megapixels`,
    sharpness: `${sharpness.toFixed(2)} of 1`,
    detail:
      density === Infinity ? 'too little to see to tell' : `${density.toFixed(0)} bits a pixel and step`,
    exposure: `brightness ${brightness.toFixed(2)}, lost in black ${percent(clippedDark)}, in white ${percent(clippedLight)}`,
    contrast: contrast.toFixed(2),
    shape: `${ratioOf(facts).toFixed(2)} to 1`,
    context: `markup promises ${candidate.expected.score}`,
    deductions: `flat colours ${percent(flatness)}`,
  }
}

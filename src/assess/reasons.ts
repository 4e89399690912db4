import type { Candidate, ImageKind } from '../catalog/image.ts'
import type { Facts } from '../imaging/facts.ts'
import { densityOf } from './density.ts'
import { bannerRatio, ratioOf } from './kind.ts'

/** Something worth telling of a picture, or null where it does not apply. */
type Remark = (facts: Facts, kind: ImageKind, candidate: Candidate) => string | null

const remarks: readonly Remark[] = [
  ({ bounds: { width, height } }) => `${width}×${height}`,
  ({ border }, kind) =>
    kind === 'product' && border.threeSides > 0.6 ? `plain ${tone(border.lightness)}border` : null,
  (_, kind) => (kind === 'graphic' ? 'flat colours: a drawing, a logo or text' : null),
  ({ sharpness }) => (sharpness < 0.4 ? `blurred: sharpness ${sharpness.toFixed(2)}` : null),
  (facts) => {
    const density = densityOf(facts)
    return density < 12 ? `little detail for its size: ${density.toFixed(0)} of 40` : null
  },
  ({ brightness }) => (brightness < 0.2 ? `dark: brightness ${brightness.toFixed(2)}` : null),
  ({ contrast }) => (contrast < 0.09 ? `faint: contrast ${contrast.toFixed(2)}` : null),
  (facts) => (ratioOf(facts) >= bannerRatio ? `banner shape: ${ratioOf(facts).toFixed(1)} to 1` : null),
  ({ frames }) => (frames > 1 ? `animated: ${frames} frames` : null),
  ({ hasAlpha }) => (hasAlpha ? 'transparent ground' : null),
  (_, __, { declaredPrimary }) => (declaredPrimary ? 'the source’s main picture' : null),
  (_, __, { altText }) => (altText ? `alt: “${shortened(altText)}”` : null),
  (_, __, { expected }) => `markup promises ${expected.score}`,
]

/** Why a picture got its score, for people, with what was measured. */
export const reasonsFor = (facts: Facts, kind: ImageKind, candidate: Candidate): readonly string[] =>
  remarks.flatMap((remark) => remark(facts, kind, candidate) ?? [])

const tone = (lightness: number) => (lightness > 0.93 ? 'white ' : lightness < 0.12 ? 'black ' : '')

const shortened = (words: string) => (words.length > 60 ? `${words.slice(0, 59).trimEnd()}…` : words)

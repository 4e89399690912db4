import type { Bounds } from '../facts.ts'
import type { VariantSpec } from '../variant-spec.ts'
import type { Step } from './picture.ts'

/** Fits the picture into the spec's box; never enlarges it. */
export const resize: Step = (picture, spec) => {
  const bounds = fitted(picture.bounds, spec)
  if (bounds.width === picture.bounds.width && bounds.height === picture.bounds.height) return picture
  const fit = spec.fit === 'cover' && spec.width && spec.height ? 'cover' : 'fill'
  return { ...picture, pixels: picture.pixels.resize(bounds.width, bounds.height, { fit }), bounds }
}

/** The size that a picture of these bounds gets, before any padding. */
export function fitted(
  { width, height }: Bounds,
  { width: boxWidth, height: boxHeight, fit }: VariantSpec,
): Bounds {
  const across = boxWidth === null ? Infinity : boxWidth / width
  const down = boxHeight === null ? Infinity : boxHeight / height
  if (fit === 'cover' && boxWidth !== null && boxHeight !== null) {
    const shrink = Math.min(1, 1 / Math.max(across, down))
    return whole(boxWidth * shrink, boxHeight * shrink)
  }
  const scale = Math.min(1, across, down)
  return whole(width * scale, height * scale)
}

const whole = (width: number, height: number): Bounds => ({
  width: Math.max(1, Math.round(width)),
  height: Math.max(1, Math.round(height)),
})

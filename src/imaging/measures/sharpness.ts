import { halved, type Grey } from './grey.ts'

/**
 * Mean square of the Laplacian at full size over that at half size: a natural picture in focus has about as much
 * detail in one octave as in the next, whatever it shows and however light it is; blur takes the finer octave first
 * (after Roffet et al. 2007 and Pech-Pacheco et al. 2000, made independent of content). From 0 to 1.
 */
export function sharpnessOf(grey: Grey): number {
  const coarse = detail(halved(grey))
  // Less than a level of contrast anywhere is noise, not a subject.
  if (coarse < 0.5) return 0
  return Math.min(1, Math.sqrt(detail(grey) / coarse))
}

/** Mean square of the 4-neighbour Laplacian. */
function detail({ width, height, levels }: Grey): number {
  let sum = 0
  for (let y = 1; y < height - 1; y++)
    for (let x = 1, at = y * width + 1; x < width - 1; x++, at++) {
      const edge =
        4 * levels[at]! - levels[at - 1]! - levels[at + 1]! - levels[at - width]! - levels[at + width]!
      sum += edge * edge
    }
  return sum / Math.max(1, (width - 2) * (height - 2))
}

/** Mean step between neighbouring pixels, as a share of the whole range. */
export function activityOf({ width, height, levels }: Grey): number {
  let sum = 0
  for (let y = 0; y < height - 1; y++)
    for (let x = 0, at = y * width; x < width - 1; x++, at++)
      sum += Math.abs(levels[at]! - levels[at + 1]!) + Math.abs(levels[at]! - levels[at + width]!)
  return sum / (2 * 255 * Math.max(1, (width - 1) * (height - 1)))
}

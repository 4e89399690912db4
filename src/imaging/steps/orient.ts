import type { Step } from './picture.ts'

/** Turns the picture upright. */
export const orient: Step = (picture) => {
  if (picture.orientation === 1) return picture
  return { ...picture, pixels: picture.pixels.autoOrient(), orientation: 1 }
}

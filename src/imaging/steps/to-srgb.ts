import type { Step } from './picture.ts'

/** Brings every colour space, by its embedded profile if there is one, to sRGB with eight bits. */
export const toSrgb: Step = (picture) => ({ ...picture, pixels: picture.pixels.toColourspace('srgb') })

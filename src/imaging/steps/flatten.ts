import type { Step } from './picture.ts'

/** Lays the picture on white where the format has no transparency. */
export const flatten: Step = (picture, { format }) => {
  if (!picture.hasAlpha || format !== 'jpeg') return picture
  return { ...picture, pixels: picture.pixels.flatten({ background: 'white' }), hasAlpha: false }
}

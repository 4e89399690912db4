import type { Step } from './picture.ts'

const white = { r: 255, g: 255, b: 255, alpha: 1 }
const clear = { r: 255, g: 255, b: 255, alpha: 0 }

/** Pads a picture to the box's shape, where the spec says `contain`; a picture smaller than the box gets a smaller box. */
export const pad: Step = (picture, { fit, width, height, format }) => {
  if (fit !== 'contain' || width === null || height === null) return picture
  const { bounds } = picture
  const scale = Math.max(bounds.width / width, bounds.height / height)
  const across = Math.max(bounds.width, Math.round(width * scale)) - bounds.width
  const down = Math.max(bounds.height, Math.round(height * scale)) - bounds.height
  if (across === 0 && down === 0) return picture
  const left = across >> 1
  const top = down >> 1
  return {
    ...picture,
    pixels: picture.pixels.extend({
      left,
      right: across - left,
      top,
      bottom: down - top,
      background: format === 'jpeg' ? white : clear,
    }),
    bounds: { width: bounds.width + across, height: bounds.height + down },
    hasAlpha: picture.hasAlpha || format !== 'jpeg',
  }
}

import { number, type Values } from '../settings.ts'
import type { Facts } from './facts.ts'
import { inspect } from './inspect.ts'
import { render, type Rendered } from './render.ts'
import type { VariantSpec } from './variant-spec.ts'

/** The settings of this room. */
export const imagingSettings = {
  IMAGING_MAX_PIXELS: number({
    default: 50e6,
    min: 1,
    means: 'the most pixels a picture may have, width times height; more is refused before decoding',
  }),
  IMAGING_MAX_FRAMES: number({
    default: 500,
    min: 1,
    means: 'the most frames an animated picture may have; facts come from the first',
  }),
}

/** Everything that touches pictures' bytes. */
export interface Imaging {
  /** Throws `not_an_image`, `image_unsupported`, `image_too_large` and `image_corrupt`. */
  inspect(bytes: Uint8Array): Promise<Facts>
  /** Throws as `inspect` does. */
  render(bytes: Uint8Array, spec: VariantSpec): Promise<Rendered>
}

/** This room, bound to its limits. */
export function openImaging(settings: Values<typeof imagingSettings>): Imaging {
  const limits = { maxPixels: settings.IMAGING_MAX_PIXELS, maxFrames: settings.IMAGING_MAX_FRAMES }
  return {
    inspect: (bytes) => inspect(bytes, limits),
    render: (bytes, spec) => render(bytes, spec, limits),
  }
}

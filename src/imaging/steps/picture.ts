import type { Sharp } from 'sharp'
import type { Bounds } from '../facts.ts'
import type { Orientation } from '../exif-orientation.ts'
import type { VariantSpec } from '../variant-spec.ts'

/** A picture on its way through the steps; nothing is decoded before the encoder asks for it. */
export interface Picture {
  readonly pixels: Sharp
  readonly bounds: Bounds
  readonly orientation: Orientation
  readonly hasAlpha: boolean
}

/** One thing that rendering may do; gives back the picture itself where there is nothing to do. */
export type Step = (picture: Picture, spec: VariantSpec) => Picture

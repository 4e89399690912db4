/** How a variant is rendered. Its digest, of its canonical JSON, is part of the variant's key. */
export interface VariantSpec {
  readonly name: string
  /** The box that the picture is fitted into; null leaves the size as it is. */
  readonly width: number | null
  readonly height: number | null
  readonly fit: 'inside' | 'cover' | 'contain'
  /**
   * `webp` and `jpeg` encode anew; `lossless-strip` keeps the pixels' own encoding and takes the private metadata
   * out, so that nothing is lost but GPS, serial numbers and embedded thumbnails.
   */
  readonly format: 'webp' | 'jpeg' | 'lossless-strip'
  /** 1 to 100; not used by `lossless-strip`. */
  readonly quality: number
}

/** Width and height in pixels, after orientation. */
export interface Bounds {
  readonly width: number
  readonly height: number
}

/** The media types that are read here, found by content and confirmed by the decoder. */
export type ImageMediaType = 'image/jpeg' | 'image/png' | 'image/webp' | 'image/gif' | 'image/avif'

/** What the bytes say. All shares and levels run from 0 to 1. */
export interface Facts {
  readonly mediaType: ImageMediaType
  /** SHA-256 of the bytes, lower-case hex. */
  readonly digest: string
  readonly byteSize: number
  readonly bounds: Bounds
  /** 1 for a still picture. */
  readonly frames: number
  /** Whether any pixel lets the ground show through; an alpha channel that is opaque throughout does not count. */
  readonly hasAlpha: boolean
  /** 64-bit perceptual hash, 16 hex digits; the bits that differ between two are their distance. */
  readonly likenessHash: string
  /** How much of the finest detail is there that the coarser detail promises: near 1 in focus, near 0 blurred. */
  readonly sharpness: number
  /** Mean step of lightness between neighbouring pixels of the small copy: how much there is to see. */
  readonly activity: number
  /** Mean lightness. */
  readonly brightness: number
  /** Standard deviation of lightness. */
  readonly contrast: number
  /** Shares of pixels that are lost in black and in white. */
  readonly clippedDark: number
  readonly clippedLight: number
  /** How far apart the colours lie; 0 for grey (Hasler and Süsstrunk 2003, divided by 109). */
  readonly colourfulness: number
  readonly border: {
    /** The share of the border that has its one commonest colour. */
    readonly plainness: number
    /** The same for the plainest three of its four sides: a product may be cut off at one. */
    readonly threeSides: number
    /** That colour's lightness. */
    readonly lightness: number
  }
  /** The share of what is not the border's colour that is exactly flat: high for drawings, low for photographs. */
  readonly flatness: number
  /** The share of pixels that have one of the eight commonest colours of 4096: high for drawings. */
  readonly fewColours: number
  /** Mean colour of what is not the border's colour, each channel 0 to 255; tells one product's colours apart. */
  readonly subjectColour: readonly [red: number, green: number, blue: number]
}

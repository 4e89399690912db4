import { createHash } from 'node:crypto'

/** How a variant is rendered. Its digest, of its canonical JSON, is part of the variant's key. */
export interface VariantSpec {
  readonly name: string
  /** The box that the picture is fitted into, never enlarged; null leaves that side free. */
  readonly width: number | null
  readonly height: number | null
  /**
   * `inside` fits into the box, `cover` fills its shape and crops, `contain` fits and pads to its shape (transparent,
   * or white in JPEG). The last two mean something only where both sides are given.
   */
  readonly fit: 'inside' | 'cover' | 'contain'
  /**
   * `webp` and `jpeg` encode anew, of an animated picture the first frame; `lossless-strip` keeps the pixels' own
   * encoding and takes the private metadata out, so that nothing is lost but GPS, serial numbers and embedded
   * thumbnails; it leaves the size as it is.
   */
  readonly format: 'webp' | 'jpeg' | 'lossless-strip'
  /** 1 to 100; not used by `lossless-strip`. */
  readonly quality: number
}

/** SHA-256 of the spec's canonical JSON (keys sorted, the name left out: it changes no pixel), lower-case hex. */
export function specDigest({ width, height, fit, format, quality }: VariantSpec): string {
  const canonical = JSON.stringify({ fit, format, height, quality, width })
  return createHash('sha256').update(canonical).digest('hex')
}

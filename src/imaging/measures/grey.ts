/** A grey picture, lightness from 0 to 255, one number a pixel, row by row. */
export interface Grey {
  readonly width: number
  readonly height: number
  readonly levels: Float32Array
}

/** Luma of sRGB bytes (ITU-R BT.601). */
export function greyOf(colours: Uint8Array, width: number, height: number): Grey {
  const levels = new Float32Array(width * height)
  for (let pixel = 0, at = 0; pixel < levels.length; pixel++, at += 3)
    levels[pixel] = 0.299 * colours[at]! + 0.587 * colours[at + 1]! + 0.114 * colours[at + 2]!
  return { width, height, levels }
}

/** A grey picture of half the size, each pixel the mean of four; an odd last row or column is left out. */
export function halved(grey: Grey): Grey {
  const width = grey.width >> 1
  const height = grey.height >> 1
  const levels = new Float32Array(width * height)
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0, from = 2 * y * grey.width; x < width; x++, at++, from += 2) {
      const below = from + grey.width
      levels[at] =
        (grey.levels[from]! + grey.levels[from + 1]! + grey.levels[below]! + grey.levels[below + 1]!) / 4
    }
  return { width, height, levels }
}

/** A grey picture of another size, each pixel the mean of the area that it covers; may also be larger. */
export function resampled(grey: Grey, width: number, height: number): Grey {
  const rows = new Float32Array(width * grey.height)
  const across = spans(grey.width, width)
  for (let y = 0; y < grey.height; y++)
    for (let x = 0; x < width; x++) rows[y * width + x] = mean(grey.levels, y * grey.width, 1, across[x]!)
  const levels = new Float32Array(width * height)
  const down = spans(grey.height, height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) levels[y * width + x] = mean(rows, x, width, down[y]!)
  return { width, height, levels }
}

interface Span {
  readonly first: number
  readonly weights: readonly number[]
}

function spans(from: number, to: number): Span[] {
  return Array.from({ length: to }, (_, index) => {
    const begin = (index * from) / to
    const end = ((index + 1) * from) / to
    const first = Math.floor(begin)
    const last = Math.min(from, Math.ceil(end))
    const weights = Array.from(
      { length: last - first },
      (_, offset) => (Math.min(end, first + offset + 1) - Math.max(begin, first + offset)) / (end - begin),
    )
    return { first, weights }
  })
}

function mean(levels: Float32Array, base: number, step: number, { first, weights }: Span): number {
  let sum = 0
  for (let index = 0; index < weights.length; index++)
    sum += weights[index]! * levels[base + (first + index) * step]!
  return sum
}

import type { SmallCopy } from './small-copy.ts'

type Colour = readonly [red: number, green: number, blue: number]

/** A rectangle of pixels, its right and bottom end excluded. */
interface Area {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** How far a channel may lie from the ground's colour and still be ground: JPEG's ripples and soft shadows. */
const near = 14
/** Width of the border, as a share of the shorter side. */
const borderShare = 0.04

/**
 * What the border looks like, and the subject: all that has not the border's commonest colour.
 * Plainness and flatness run from 0 to 1.
 */
export function groundOf(copy: SmallCopy) {
  const sides = sidesOf(copy)
  const ground = commonest(copy, sides)
  const shares = sides.map((side) => shareNear(copy, side, ground)).sort((a, b) => b - a)
  return {
    border: {
      plainness: mean(shares),
      threeSides: mean(shares.slice(0, 3)),
      lightness: (0.299 * ground[0] + 0.587 * ground[1] + 0.114 * ground[2]) / 255,
    },
    ...subjectOf(copy, ground),
  }
}

const mean = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length

/** Top, right, bottom and left side; each has its corners. */
function sidesOf({ width, height }: SmallCopy): readonly Area[] {
  const thick = Math.max(1, Math.round(Math.min(width, height) * borderShare))
  const whole = { left: 0, top: 0, right: width, bottom: height }
  return [
    { ...whole, bottom: thick },
    { ...whole, left: width - thick },
    { ...whole, top: height - thick },
    { ...whole, right: thick },
  ]
}

const areaOf = ({ left, top, right, bottom }: Area) => (right - left) * (bottom - top)

/** The mean of the fullest of 512 bins, so that a ground that lies between two bins is still met well. */
function commonest({ colours, width }: SmallCopy, sides: readonly Area[]): Colour {
  const counts = new Uint32Array(512)
  const sums = new Float64Array(512 * 3)
  for (const { left, top, right, bottom } of sides)
    for (let y = top; y < bottom; y++)
      for (let x = left, at = (y * width + left) * 3; x < right; x++, at += 3) {
        const [red, green, blue] = [colours[at]!, colours[at + 1]!, colours[at + 2]!]
        const bin = ((red >> 5) << 6) | ((green >> 5) << 3) | (blue >> 5)
        counts[bin] = counts[bin]! + 1
        sums[bin * 3] = sums[bin * 3]! + red
        sums[bin * 3 + 1] = sums[bin * 3 + 1]! + green
        sums[bin * 3 + 2] = sums[bin * 3 + 2]! + blue
      }
  const most = Math.max(...counts)
  const fullest = counts.indexOf(most)
  return [sums[fullest * 3]! / most, sums[fullest * 3 + 1]! / most, sums[fullest * 3 + 2]! / most]
}

function shareNear({ colours, width }: SmallCopy, side: Area, [red, green, blue]: Colour): number {
  let count = 0
  for (let y = side.top; y < side.bottom; y++)
    for (let x = side.left, at = (y * width + side.left) * 3; x < side.right; x++, at += 3)
      if (
        Math.abs(colours[at]! - red) <= near &&
        Math.abs(colours[at + 1]! - green) <= near &&
        Math.abs(colours[at + 2]! - blue) <= near
      )
        count++
  return count / areaOf(side)
}

function subjectOf({ width, height, colours, grey }: SmallCopy, ground: Colour) {
  const [groundRed, groundGreen, groundBlue] = ground
  let [count, flat, reds, greens, blues] = [0, 0, 0, 0, 0]
  for (let y = 1; y < height - 1; y++)
    for (let x = 1, pixel = y * width + 1; x < width - 1; x++, pixel++) {
      const red = colours[pixel * 3]!
      const green = colours[pixel * 3 + 1]!
      const blue = colours[pixel * 3 + 2]!
      if (
        Math.abs(red - groundRed) <= near &&
        Math.abs(green - groundGreen) <= near &&
        Math.abs(blue - groundBlue) <= near
      )
        continue
      count++
      reds += red
      greens += green
      blues += blue
      if (isFlat(grey.levels, pixel, width)) flat++
    }
  const colour: Colour = count ? [reds / count, greens / count, blues / count] : ground
  const subjectColour: Colour = [Math.round(colour[0]), Math.round(colour[1]), Math.round(colour[2])]
  return { flatness: count ? flat / count : 1, subjectColour }
}

/** Whether a pixel and its four neighbours differ by less than a level: paint, not light. */
function isFlat(levels: Float32Array, pixel: number, width: number): boolean {
  const level = levels[pixel]!
  return (
    Math.abs(levels[pixel - 1]! - level) < 1 &&
    Math.abs(levels[pixel + 1]! - level) < 1 &&
    Math.abs(levels[pixel - width]! - level) < 1 &&
    Math.abs(levels[pixel + width]! - level) < 1
  )
}

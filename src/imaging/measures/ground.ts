import type { SmallCopy } from './small-copy.ts'

type Colour = readonly [number, number, number]
type Side = readonly number[]

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
  const ground = commonest(copy.colours, sides.flat())
  const shares = sides.map((side) => shareNear(copy.colours, side, ground)).sort((a, b) => b - a)
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

/** The pixels of the top, right, bottom and left side, as offsets into the colours. */
function sidesOf({ width, height }: SmallCopy): readonly Side[] {
  const thick = Math.max(1, Math.round(Math.min(width, height) * borderShare))
  const sides: [number[], number[], number[], number[]] = [[], [], [], []]
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      if (y >= thick && y < height - thick && x === thick) x = Math.max(x, width - thick)
      const at = (y * width + x) * 3
      if (y < thick) sides[0].push(at)
      if (x >= width - thick) sides[1].push(at)
      if (y >= height - thick) sides[2].push(at)
      if (x < thick) sides[3].push(at)
    }
  return sides
}

/** The mean of the fullest of 512 bins, so that a ground that lies between two bins is still met well. */
function commonest(colours: Uint8Array, pixels: Side): Colour {
  const counts = new Uint32Array(512)
  const binOf = (at: number) =>
    ((colours[at]! >> 5) << 6) | ((colours[at + 1]! >> 5) << 3) | (colours[at + 2]! >> 5)
  for (const at of pixels) counts[binOf(at)] = counts[binOf(at)]! + 1
  const fullest = counts.indexOf(Math.max(...counts))
  const inside = pixels.filter((at) => binOf(at) === fullest)
  const channel = (offset: number) => mean(inside.map((at) => colours[at + offset]!))
  return [channel(0), channel(1), channel(2)]
}

const isNear = (colours: Uint8Array, at: number, [red, green, blue]: Colour) =>
  Math.abs(colours[at]! - red) <= near &&
  Math.abs(colours[at + 1]! - green) <= near &&
  Math.abs(colours[at + 2]! - blue) <= near

const shareNear = (colours: Uint8Array, side: Side, ground: Colour) =>
  side.filter((at) => isNear(colours, at, ground)).length / Math.max(1, side.length)

function subjectOf({ width, height, colours, grey }: SmallCopy, ground: Colour) {
  let count = 0
  let flat = 0
  const sums: [number, number, number] = [0, 0, 0]
  for (let y = 1; y < height - 1; y++)
    for (let x = 1; x < width - 1; x++) {
      const pixel = y * width + x
      const at = pixel * 3
      if (isNear(colours, at, ground)) continue
      count++
      sums[0] += colours[at]!
      sums[1] += colours[at + 1]!
      sums[2] += colours[at + 2]!
      if (isFlat(grey.levels, pixel, width)) flat++
    }
  const of = Math.max(1, count)
  const subjectColour: Colour = count
    ? [Math.round(sums[0] / of), Math.round(sums[1] / of), Math.round(sums[2] / of)]
    : [Math.round(ground[0]), Math.round(ground[1]), Math.round(ground[2])]
  return { flatness: count ? flat / of : 1, subjectColour }
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

import type { Grey } from './grey.ts'

/** Levels at and beyond which nothing can be told apart any more. */
const black = 3
const white = 252

/** Mean, spread and the lost ends of lightness, each from 0 to 1. */
export function toneOf({ levels }: Grey) {
  let sum = 0
  let squares = 0
  let dark = 0
  let light = 0
  for (const level of levels) {
    sum += level
    squares += level * level
    if (level <= black) dark++
    else if (level >= white) light++
  }
  const count = levels.length
  const mean = sum / count
  return {
    brightness: mean / 255,
    contrast: Math.sqrt(Math.max(0, squares / count - mean * mean)) / 255,
    clippedDark: dark / count,
    clippedLight: light / count,
  }
}

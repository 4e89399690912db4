/** The most that colourfulness comes to in the paper's scale ("extremely colourful"). */
const extremely = 109

/** How far apart the colours lie, 0 to 1 (Hasler and Süsstrunk 2003, section 7). */
export function colourfulnessOf(colours: Uint8Array): number {
  let sumRg = 0
  let sumYb = 0
  let squares = 0
  for (let at = 0; at < colours.length; at += 3) {
    const rg = colours[at]! - colours[at + 1]!
    const yb = (colours[at]! + colours[at + 1]!) / 2 - colours[at + 2]!
    sumRg += rg
    sumYb += yb
    squares += rg * rg + yb * yb
  }
  const count = colours.length / 3
  const meanSquare = (sumRg / count) ** 2 + (sumYb / count) ** 2
  const spread = Math.sqrt(Math.max(0, squares / count - meanSquare))
  return Math.min(1, (spread + 0.3 * Math.sqrt(meanSquare)) / extremely)
}

/** The share of pixels that have one of the eight commonest of 4096 colours. */
export function fewColoursOf(colours: Uint8Array): number {
  const counts = new Uint32Array(4096)
  for (let at = 0; at < colours.length; at += 3) {
    const bin = ((colours[at]! >> 4) << 8) | ((colours[at + 1]! >> 4) << 4) | (colours[at + 2]! >> 4)
    counts[bin] = counts[bin]! + 1
  }
  const commonest = counts.sort().subarray(-8)
  return (commonest.reduce((sum, count) => sum + count, 0) * 3) / colours.length
}

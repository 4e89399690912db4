/** The numbers that the hash reads: one lightness a pixel, row by row. */
interface Lightness {
  readonly width: number
  readonly height: number
  readonly levels: Float32Array
}

/** Side of the square that is transformed, and of the part of the transform that is read. */
const side = 32
const lowest = 11

/** The 64 lowest frequencies but the mean, from coarse to fine. */
const frequencies: readonly (readonly [u: number, v: number])[] = Array.from(
  { length: lowest * lowest },
  (_, index) => [Math.floor(index / lowest), index % lowest] as const,
)
  .sort(([u, v], [s, t]) => u + v - (s + t) || u - s)
  .slice(1, 65)

/** Row u: the cosine of the type-II DCT at each of the 32 places. */
const cosines = Array.from({ length: lowest }, (_, u) =>
  Float64Array.from({ length: side }, (_, x) => Math.cos(((2 * x + 1) * u * Math.PI) / (2 * side))),
)

/**
 * A perceptual hash of a 32×32 grey picture, as 16 hex digits: each bit says whether one of the 64 lowest frequencies
 * of its DCT is above their median (after Zauner 2010, "pHash").
 */
export function likenessHashOf({ width, height, levels }: Lightness): string {
  if (width !== side || height !== side) throw new TypeError(`a likeness hash needs ${side}×${side} pixels`)
  const rows = cosines.map((cosine) =>
    Float64Array.from({ length: side }, (_, y) => {
      let sum = 0
      for (let x = 0; x < side; x++) sum += cosine[x]! * levels[y * side + x]!
      return sum
    }),
  )
  const strengths = frequencies.map(([u, v]) => {
    let sum = 0
    for (let y = 0; y < side; y++) sum += cosines[v]![y]! * rows[u]![y]!
    return sum
  })
  const sorted = strengths.toSorted((a, b) => a - b)
  const median = (sorted[31]! + sorted[32]!) / 2
  const bits = strengths.map((strength) => (strength > median ? '1' : '0')).join('')
  return BigInt(`0b${bits}`).toString(16).padStart(16, '0')
}

/** How many of two likeness hashes' 64 bits differ: 0 to 6 for one picture saved anew, 30 or so for two pictures. */
export function distance(a: string, b: string): number {
  let bits = BigInt(`0x${a}`) ^ BigInt(`0x${b}`)
  let count = 0
  for (; bits; bits &= bits - 1n) count++
  return count
}

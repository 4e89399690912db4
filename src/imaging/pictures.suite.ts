import sharp, { type Sharp } from 'sharp'

/** Pictures for tests, drawn anew each time: the same seed gives the same picture. */

/** Numbers from 0 to 1 that look random (mulberry32). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

interface Disc {
  readonly x: number
  readonly y: number
  readonly radius: number
  readonly colour: readonly [number, number, number]
}

function discs(seed: number, count: number, width: number, height: number): Disc[] {
  const next = random(seed)
  return Array.from({ length: count }, () => ({
    x: next() * width,
    y: next() * height,
    radius: (0.03 + next() * 0.2) * Math.min(width, height),
    colour: [next() * 255, next() * 255, next() * 255],
  }))
}

/** Overlapping discs under a fine grain: as busy as a room. */
export function scene(seed: number, width = 640, height = 480): Sharp {
  const grain = random(seed + 1)
  return painted(width, height, discs(seed, 60, width, height), [120, 110, 100], () => grain() * 24 - 12)
}

/** Some discs in the middle of a white ground. */
export function product(seed: number, width = 600, height = 600): Sharp {
  const middle = discs(seed, 12, width / 2, height / 2).map((disc) => ({
    ...disc,
    x: disc.x + width / 4,
    y: disc.y + height / 4,
    radius: disc.radius / 2,
  }))
  const shade = random(seed + 2)
  return painted(width, height, middle, [255, 255, 255], () => shade() * 8 - 8)
}

/** Two flat colours. */
export const logo = (width = 500, height = 400): Sharp =>
  painted(
    width,
    height,
    [{ x: width / 2, y: height / 2, radius: height / 3, colour: [200, 20, 40] }],
    [255, 255, 255],
    () => 0,
  )

function painted(
  width: number,
  height: number,
  over: readonly Disc[],
  ground: readonly [number, number, number],
  grain: () => number,
): Sharp {
  const data = Buffer.alloc(width * height * 3)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const disc = over.findLast((one) => (one.x - x) ** 2 + (one.y - y) ** 2 < one.radius ** 2)
      const colour = disc?.colour ?? ground
      const noise = disc || ground[0] < 255 ? grain() : 0
      for (let channel = 0; channel < 3; channel++)
        data[(y * width + x) * 3 + channel] = Math.max(0, Math.min(255, colour[channel]! + noise))
    }
  return sharp(data, { raw: { width, height, channels: 3 } })
}

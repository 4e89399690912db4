import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { sharedData } from '../../test/shared-data.ts'
import { inspect } from './inspect.ts'
import { distance } from './likeness-hash.ts'
import { product, scene } from './pictures.suite.ts'

const hashOf = async (bytes: Uint8Array) =>
  (await inspect(bytes, { maxPixels: 50e6, maxFrames: 1 })).likenessHash

const savedAnew = (bytes: Uint8Array) =>
  Promise.all([
    sharp(bytes, { failOn: 'error' })
      .autoOrient()
      .flatten({ background: 'white' })
      .jpeg({ quality: 60 })
      .toBuffer(),
    sharp(bytes, { failOn: 'error' }).autoOrient().webp({ quality: 50 }).toBuffer(),
    sharp(bytes, { failOn: 'error' })
      .autoOrient()
      .resize({ width: 300, withoutEnlargement: true })
      .png()
      .toBuffer(),
  ])

describe('the likeness hash', () => {
  it('counts the bits that differ', () => {
    expect(distance('0000000000000000', '0000000000000000')).toBe(0)
    expect(distance('0000000000000000', 'ffffffffffffffff')).toBe(64)
    expect(distance('8000000000000001', '0000000000000003')).toBe(2)
  })

  it('stays within 6 for one picture saved anew or resized', async () => {
    for (const picture of [scene(1), scene(2, 900, 500), product(3), product(4)]) {
      const bytes = await picture.png().toBuffer()
      const hash = await hashOf(bytes)
      for (const again of await savedAnew(bytes))
        expect(distance(hash, await hashOf(again))).toBeLessThanOrEqual(6)
    }
  })

  it('is more than 12 away for other pictures, and for the mirrored one', async () => {
    const pictures = [scene(1), scene(2), scene(3), product(4), product(5), scene(1).flop()]
    const hashes = await Promise.all(pictures.map(async (one) => hashOf(await one.jpeg().toBuffer())))
    for (const [index, hash] of hashes.entries())
      for (const other of hashes.slice(index + 1)) expect(distance(hash, other)).toBeGreaterThan(12)
  })
})

const photos = sharedData('photos')
describe.skipIf(!photos)('the likeness hash of real photographs', () => {
  const files = photos
    ? readdirSync(photos)
        .filter((name) => /^p\d+\.(jpg|webp)$/.test(name))
        .filter((_, index) => index % 8 === 0)
        // Damaged in the middle, and so refused.
        .filter((name) => name !== 'p0085.jpg')
        .map((name) => path.join(photos, name))
    : []

  it('stays within 6 when they are saved anew, and tells nearly all others apart', async () => {
    const hashes: string[] = []
    let far = 0
    let saved = 0
    for (const file of files) {
      const bytes = readFileSync(file)
      const hash = await hashOf(bytes)
      hashes.push(hash)
      for (const again of await savedAnew(bytes)) {
        saved++
        if (distance(hash, await hashOf(again)) > 6) far++
      }
    }
    const pairs = hashes.flatMap((hash, index) =>
      hashes.slice(index + 1).map((other) => distance(hash, other)),
    )
    const near = pairs.filter((bits) => bits <= 12).length
    console.info(
      `likeness: ${far} of ${saved} saved anew are beyond 6; ${near} of ${pairs.length} others within 12`,
    )
    expect(far / saved).toBeLessThanOrEqual(0.02)
    expect(near / pairs.length).toBeLessThan(0.002)
  })
})

import { readFileSync } from 'node:fs'
import path from 'node:path'
import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { sharedData } from '../../test/shared-data.ts'
import type { Facts } from '../imaging/facts.ts'
import { inspect } from '../imaging/inspect.ts'
import { assess } from './assess.ts'
import { candidate, catalog } from './given.suite.ts'
import { isNear } from './likeness.ts'

const photos = sharedData('photos')
const limits = { maxPixels: 50e6, maxFrames: 1 }

interface Photo {
  readonly file: string
  readonly product: string | null
  readonly kind: string
  readonly bytes: Buffer
  readonly facts: Facts
}

const scoreOf = (facts: Facts) => {
  const verdict = assess(candidate(), facts, catalog())
  return verdict.accepted ? verdict.score : 0
}

describe.skipIf(!photos)('real photographs', () => {
  const all: Photo[] = []
  beforeAll(async () => {
    const manifest = readFileSync(path.join(photos!, 'MANIFEST.tsv'), 'utf8').trim().split('\n').slice(1)
    for (const line of manifest) {
      const [file = '', , , , , source = '', , kind = ''] = line.split('\t')
      const product = /magento.*\/([a-z]+\d+)-[^/]+$/.exec(source)?.[1] ?? null
      if (!kind && !product) continue
      const bytes = readFileSync(path.join(photos!, file))
      all.push({ file, product, kind, bytes, facts: await inspect(bytes, limits) })
    }
  })

  it('are told into products and lifestyle pictures, nine of ten rightly', () => {
    const labelled = all.filter(({ kind }) => kind === 'product' || kind === 'lifestyle')
    const wrong = labelled.filter(({ kind, facts }) => {
      const verdict = assess(candidate(), facts, catalog())
      return !verdict.accepted || verdict.kind !== kind
    })
    const accuracy = 1 - wrong.length / labelled.length
    console.info(`product or lifestyle: ${accuracy.toFixed(3)} of ${labelled.length} told rightly`)
    expect(accuracy).toBeGreaterThanOrEqual(0.9)
  })

  it('are never merged when they show two angles or colours of one product, or two products', () => {
    const merged = all.flatMap((one, index) =>
      all
        .slice(index + 1)
        .filter((other) => one.product && other.product && isNear(one.facts, other.facts))
        .map((other) => `${one.file} ${other.file}`),
    )
    expect(merged).toEqual([])
  })

  it('are merged when saved anew, and kept apart when dyed', async () => {
    const some = all.filter(
      ({ product, bytes }, index) => product && index % 3 === 0 && bytes.length < 300_000,
    )
    let missed = 0
    let dyedAlike = 0
    for (const { bytes, facts } of some) {
      const again = await sharp(bytes).resize({ width: 700 }).webp({ quality: 70 }).toBuffer()
      if (!isNear(facts, await inspect(again, limits))) missed++
      const [red, green, blue] = facts.subjectColour
      // Grey things have no hue to turn.
      if (Math.max(red, green, blue) - Math.min(red, green, blue) < 40) continue
      const dyed = await sharp(bytes).modulate({ hue: 140 }).jpeg().toBuffer()
      if (isNear(facts, await inspect(dyed, limits))) dyedAlike++
    }
    console.info(
      `near-duplicates: ${missed} of ${some.length} saved anew missed, ${dyedAlike} dyed ones merged`,
    )
    expect(missed / some.length).toBeLessThanOrEqual(0.05)
    expect(dyedAlike).toBe(0)
  })

  it('lose points by every kind of damage', async () => {
    const damages: Record<string, (bytes: Buffer, width: number) => Promise<Buffer>> = {
      blurred: (bytes) => sharp(bytes).blur(4).jpeg({ quality: 85 }).toBuffer(),
      'JPEG 10': (bytes) => sharp(bytes).jpeg({ quality: 10 }).toBuffer(),
      'enlarged fourfold': async (bytes, width) =>
        sharp(
          await sharp(bytes)
            .resize(Math.round(width / 4))
            .jpeg({ quality: 85 })
            .toBuffer(),
        )
          .resize(width)
          .jpeg({ quality: 85 })
          .toBuffer(),
      dark: (bytes) => sharp(bytes).linear(0.35, 0).jpeg({ quality: 85 }).toBuffer(),
      'washed out': (bytes) => sharp(bytes).linear(0.4, 150).jpeg({ quality: 85 }).toBuffer(),
    }
    const some = all.filter(({ kind, bytes }, index) => kind && index % 8 === 0 && bytes.length < 600_000)
    for (const [name, damage] of Object.entries(damages)) {
      const lost: number[] = []
      for (const { bytes } of some) {
        const saved = await sharp(bytes).flatten({ background: 'white' }).jpeg({ quality: 85 }).toBuffer()
        const before = await inspect(saved, limits)
        const after = await inspect(await damage(saved, before.bounds.width), limits)
        lost.push(scoreOf(before) - scoreOf(after))
      }
      const fewer = lost.filter((points) => points > 0).length
      const median = lost.toSorted((a, b) => a - b)[lost.length >> 1]!
      console.info(`${name}: ${fewer} of ${lost.length} lose points, ${median.toFixed(1)} in the median`)
      expect(fewer / lost.length, name).toBeGreaterThanOrEqual(0.9)
    }
  })
})

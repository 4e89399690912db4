import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Catalog } from '../catalog/catalog.ts'
import { arrange, type Arrangeable } from './arrange.ts'
import { catalog, image } from './given.suite.ts'

const arranged = (images: readonly Arrangeable[], of: Catalog = catalog()) => {
  const placements = arrange(images, of)
  return {
    shown: placements.flatMap((one) => ('rank' in one ? [one.id] : [])),
    hero: placements.flatMap(({ id, verdict }) => (verdict.accepted && verdict.hero ? [id] : [])),
    aside: Object.fromEntries(
      placements.flatMap(({ id, verdict }) => (verdict.accepted ? [] : [[id, verdict.reason]])),
    ) as Record<string, string>,
    placements,
  }
}

describe('arrange', () => {
  it('keeps the source’s order, or puts the best first, as the catalogue wants', () => {
    const images = [image(0, { score: 50 }), image(1, { score: 90 }), image(2, { score: 70 })]
    expect(arranged(images).shown).toEqual(['image-0', 'image-1', 'image-2'])
    expect(arranged(images, catalog({ order: 'score' })).shown).toEqual(['image-1', 'image-2', 'image-0'])
  })

  it('ranks from 0 without gaps, whatever falls out', () => {
    const images = [image(3), image(5), image(9, { facts: image(3).facts })]
    const ranks = arranged(images).placements.flatMap((one) => ('rank' in one ? [one.rank] : []))
    expect(ranks).toEqual([0, 1])
  })

  it('sets aside the lowest scores when there are more than the catalogue keeps', () => {
    const images = [40, 80, 60, 70].map((score, position) => image(position, { score }))
    expect(arranged(images, catalog({ keep: { maxImages: 2 } }))).toMatchObject({
      shown: ['image-1', 'image-3'],
      aside: { 'image-0': 'surplus', 'image-2': 'surplus' },
    })
  })

  it('says what an image set aside would be worth without its siblings', () => {
    const [, second] = arrange(
      [image(0, { score: 80 }), image(1, { score: 60 })],
      catalog({ keep: { maxImages: 1 } }),
    )
    expect(second).toMatchObject({
      verdict: { reason: 'surplus', otherwise: { accepted: true, score: 60, hero: false } },
    })
  })

  it('is the same for the same images in whatever order they come', () => {
    const some = fc.array(
      fc.record({
        score: fc.integer({ min: 0, max: 3 }),
        declaredPrimary: fc.boolean(),
        kind: fc.constantFrom('product', 'lifestyle', 'graphic', 'other'),
        likenessHash: fc.constantFrom('ffffffff00000000', 'ffffffff00000001', '00ff00ff00ff00ff'),
      }),
      { maxLength: 8 },
    )
    fc.assert(
      fc.property(some, fc.constantFrom('source', 'score'), (ones, order) => {
        const images = ones.map(({ score, declaredPrimary, kind, likenessHash }, position) =>
          image(position, { score: score * 25, declaredPrimary, kind, facts: { likenessHash } }),
        )
        const of = catalog({ order, keep: { maxImages: 3 } })
        const placements = arrange(images, of)
        expect(arrange(images.toReversed(), of)).toEqual(placements)
        expect(placements.map(({ id }) => id).toSorted()).toEqual(images.map(({ id }) => id).toSorted())
        const heroes = placements.filter(({ verdict }) => verdict.accepted && verdict.hero)
        expect(heroes.length).toBeLessThanOrEqual(1)
        expect(placements.filter((one) => 'rank' in one).length).toBeLessThanOrEqual(3)
      }),
    )
  })
})

describe('limits that changed since a picture was judged', () => {
  it('set aside what is worth less now, and take it back when they are lowered', () => {
    const images = [image(0, { score: 80 }), image(1, { score: 40 })]
    const strict = arrange(images, catalog({ keep: { minScore: 60 } }))
    expect(strict.map(({ verdict }) => (verdict.accepted ? 'kept' : verdict.reason))).toEqual([
      'kept',
      'low-score',
    ])
    const [, weak] = strict
    expect(weak!.verdict).toMatchObject({ detail: 'score 40, at least 60 wanted', otherwise: { score: 40 } })
    expect(
      arrange(images, catalog({ keep: { minScore: 20 } })).every(({ verdict }) => verdict.accepted),
    ).toBe(true)
  })
})

describe('the hero', () => {
  it('is what the source declares primary', () => {
    expect(arranged([image(0, { score: 80 }), image(1, { score: 60, declaredPrimary: true })]).hero).toEqual([
      'image-1',
    ])
  })

  it('is the best where the declared one is unfit', () => {
    const unfit = image(0, { score: 20, declaredPrimary: true })
    expect(arranged([unfit, image(1, { score: 70 })]).hero).toEqual(['image-1'])
    expect(arranged([unfit]).hero).toEqual(['image-0'])
  })

  it('is never a graphic', () => {
    const logo = image(0, { score: 99, kind: 'graphic', declaredPrimary: true })
    expect(arranged([logo, image(1, { score: 30 })]).hero).toEqual(['image-1'])
    expect(arranged([logo]).hero).toEqual([])
  })

  it('is the earlier of two that are alike in worth, and stays when there are too many', () => {
    expect(arranged([image(0), image(1)]).hero).toEqual(['image-0'])
    const images = [
      image(0, { score: 50, declaredPrimary: true }),
      image(1, { score: 70 }),
      image(2, { score: 60 }),
    ]
    expect(arranged(images, catalog({ keep: { maxImages: 2 } }))).toMatchObject({
      shown: ['image-0', 'image-1'],
      hero: ['image-0'],
    })
  })
})

describe('near-duplicates', () => {
  const hash = 'f0f0f0f0f0f0f0f0'
  const six = 'f0f0f0f0f0f0f0cf'
  const seven = 'f0f0f0f0f0f0f1cf'
  const small = { bounds: { width: 600, height: 500 } }

  it('keeps the better of two, in the place of the first', () => {
    const images = [
      image(0, { score: 50, facts: { likenessHash: hash, ...small } }),
      image(1),
      image(2, { score: 80, facts: { likenessHash: six } }),
    ]
    const { shown, aside, placements } = arranged(images)
    expect(shown).toEqual(['image-2', 'image-1'])
    expect(aside).toEqual({ 'image-0': 'near-duplicate' })
    expect(placements.at(-1)).toMatchObject({
      verdict: { detail: 'shows the same as https://shop.example/2.jpg' },
    })
  })

  it('takes equal bytes under two addresses for one, and the first stands', () => {
    const { facts } = image(4)
    expect(arranged([image(1, { facts }), image(0, { facts })])).toMatchObject({
      shown: ['image-0'],
      aside: { 'image-1': 'near-duplicate' },
    })
  })

  it('hands on that the source called the copy its primary', () => {
    const images = [
      image(0, { score: 70 }),
      image(1, { score: 60, facts: { likenessHash: hash } }),
      image(2, { score: 50, declaredPrimary: true, facts: { likenessHash: hash, ...small } }),
    ]
    expect(arranged(images)).toMatchObject({ hero: ['image-1'], aside: { 'image-2': 'near-duplicate' } })
  })

  it.each([
    ['too many bits differ', { likenessHash: seven }],
    ['it is another colour', { likenessHash: hash, subjectColour: [40, 60, 160] as const }],
    ['it is another crop', { likenessHash: hash, bounds: { width: 1000, height: 1000 } }],
    ['it lies on its side', { likenessHash: hash, bounds: { width: 1000, height: 1200 } }],
  ])('keeps both where %s', (_, facts) => {
    expect(arranged([image(0, { facts: { likenessHash: hash } }), image(1, { facts })]).shown).toHaveLength(2)
  })

  it('does not creep from one picture to the next', () => {
    const chain = ['f0f0f0f0f0f0f0f0', 'f0f0f0f0f0f0f0ff', 'f0f0f0f0f0f0ffff'].map((likenessHash, position) =>
      image(position, { score: 90 - position, facts: { likenessHash } }),
    )
    expect(arranged(chain)).toMatchObject({
      shown: ['image-0', 'image-2'],
      aside: { 'image-1': 'near-duplicate' },
    })
  })
})

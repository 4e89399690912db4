import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Facts } from '../imaging/facts.ts'
import { assess } from './assess.ts'
import { candidate, catalog, drawn, facts, onWhite } from './given.suite.ts'

const judged = (changes: Partial<Facts> = {}, ofCandidate = {}, ofCatalog = {}) =>
  assess(candidate(ofCandidate), facts(changes), catalog(ofCatalog))

const scoreOf = (changes: Partial<Facts>) => {
  const verdict = judged(changes)
  if (!verdict.accepted) throw new Error(verdict.detail)
  return verdict.score
}

describe('assess', () => {
  it('gives a score that is exactly the sum of its named parts, from 0 to 100', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    const any = fc.record({
      byteSize: fc.integer({ min: 1, max: 1e8 }),
      bounds: fc.record({
        width: fc.integer({ min: 100, max: 9000 }),
        height: fc.integer({ min: 100, max: 9000 }),
      }),
      sharpness: share,
      activity: share,
      brightness: share,
      contrast: share,
      clippedDark: share,
      clippedLight: share,
      flatness: share,
      fewColours: share,
    })
    fc.assert(
      fc.property(any, (changes) => {
        const verdict = judged(changes)
        if (!verdict.accepted) return
        const tenths = Object.values(verdict.parts).reduce((sum, part) => sum + Math.round(part * 10), 0)
        expect(Math.round(verdict.score * 10)).toBe(tenths)
        expect(verdict.score).toBe(tenths / 10)
        expect(verdict.score).toBeGreaterThanOrEqual(0)
        expect(verdict.score).toBeLessThanOrEqual(100)
      }),
    )
  })

  it('gives 100 to a picture without fault', () => {
    const verdict = judged(
      { contrast: 0.3, sharpness: 0.9, bounds: { width: 2000, height: 1500 }, byteSize: 900_000 },
      { expected: { score: 90, kind: 'product', reasons: [] } },
    )
    expect(verdict).toMatchObject({ accepted: true, score: 100, hero: false })
  })

  it.each<[string, Partial<Facts>]>([
    ['smaller', { bounds: { width: 300, height: 250 }, byteSize: 20_000 }],
    ['blurred', { sharpness: 0.3 }],
    ['compressed to death', { byteSize: 20_000 }],
    ['dark', { brightness: 0.15 }],
    ['drowned in black', { clippedDark: 0.5 }],
    ['burnt out', { clippedLight: 0.5, brightness: 0.9 }],
    ['faint', { contrast: 0.08 }],
    ['a strip', { bounds: { width: 3000, height: 750 }, byteSize: 600_000 }],
    ['a graphic', drawn],
  ])('gives less to one that is %s', (_, damage) => {
    expect(scoreOf(damage)).toBeLessThan(scoreOf({}) - 3)
  })

  it('does not take a white ground for burnt out', () => {
    expect(scoreOf(onWhite)).toBeGreaterThanOrEqual(scoreOf({}))
  })

  it.each([
    ['lifestyle', {}],
    ['product', onWhite],
    ['graphic', drawn],
    ['other', { contrast: 0, activity: 0 }],
  ] as const)('tells %s by its look', (kind, look) => {
    const verdict = judged(look)
    if (verdict.accepted) expect(verdict.kind).toBe(kind)
    else expect([kind, verdict.reason]).toEqual(['other', 'placeholder'])
  })

  it('says why, with what was measured', () => {
    expect(
      judged({ ...onWhite, sharpness: 0.12 }, { altText: 'Red mug', declaredPrimary: true }),
    ).toMatchObject({
      reasons: [
        '1200×1000',
        'plain white border',
        'blurred: sharpness 0.12',
        'the source’s main picture',
        'alt: “Red mug”',
        'markup promises 60',
      ],
    })
  })

  it.each<[string, Partial<Facts>, object, object]>([
    [
      'too-small',
      { bounds: { width: 399, height: 900 } },
      { keep: { min: { width: 400, height: 400 } } },
      { detail: '399×900, at least 400×400 wanted' },
    ],
    ['placeholder', { contrast: 0.001, activity: 0 }, {}, { detail: 'one colour only: contrast 0.001' }],
    ['low-score', { sharpness: 0 }, { keep: { minScore: 90 } }, {}],
    ['graphic', { ...drawn, bounds: { width: 1200, height: 300 } }, {}, {}],
    ['graphic', { ...drawn, bounds: { width: 200, height: 200 } }, {}, {}],
  ])('refuses as %s, with what was measured', (reason, changes, ofCatalog, detail) => {
    expect(judged(changes, {}, ofCatalog)).toMatchObject({ accepted: false, reason, ...detail })
  })

  it('keeps a property’s plans', () => {
    expect(
      judged({ ...drawn, bounds: { width: 300, height: 300 } }, {}, { itemKind: 'property' }),
    ).toMatchObject({ accepted: true, kind: 'graphic' })
  })
})

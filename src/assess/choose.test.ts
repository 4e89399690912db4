import { describe, expect, it } from 'vitest'
import type { Candidate } from '../catalog/image.ts'
import { choose } from './choose.ts'
import { candidate } from './given.suite.ts'

const keep = (maxImages: number) => ({ maxImages, minScore: 20, min: { width: 200, height: 200 } })
const promising = (score: number, position: number, kind: Candidate['expected']['kind'] = 'product') =>
  candidate({ position, expected: { score, kind, reasons: ['in footer (−25)'] } })

describe('what is fetched', () => {
  it('is what promises anything, in whatever order it is met', () => {
    const refusals = choose([promising(60, 0), promising(20, 1), promising(19, 2)], keep(10))
    expect(refusals.map((refusal) => refusal?.reason ?? 'fetch')).toEqual(['fetch', 'fetch', 'low-score'])
  })

  it('leaves furniture out and says why', () => {
    expect(choose([promising(0, 0, 'graphic')], keep(10))).toEqual([
      { accepted: false, reason: 'graphic', detail: 'not fetched: expected score 0, in footer (−25)' },
    ])
  })

  it('is a quarter and two more than are kept, the most promising first and then the page’s order', () => {
    const page = Array.from({ length: 20 }, (_, position) => promising(position < 5 ? 30 : 60, position))
    const fetched = choose(page, keep(4)).flatMap((refusal, position) => (refusal === null ? [position] : []))
    expect(fetched).toEqual([5, 6, 7, 8, 9, 10, 11])
  })

  it('keeps the rest in reserve, as surplus and not as refused', () => {
    const page = Array.from({ length: 5 }, (_, position) => promising(60, position))
    expect(choose(page, keep(1)).at(-1)).toMatchObject({ reason: 'surplus' })
  })

  it('decides nothing about an empty page', () => {
    expect(choose([], keep(4))).toEqual([])
  })
})

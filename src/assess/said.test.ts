import { describe, expect, it } from 'vitest'
import { assess } from './assess.ts'
import { candidate, catalog, facts, onWhite } from './given.suite.ts'
import { saidToBe } from './said.ts'

const at = (file: string, altText: string | null = null) => ({
  url: `https://shop.example/img/${file}`,
  altText,
})

describe('what a picture is said to be', () => {
  it.each([
    [at('photo-coming-soon.png'), 'placeholder'],
    [at('no_image.gif'), 'placeholder'],
    [at('noPhoto_400x300.jpg'), 'placeholder'],
    [at('x.jpg', 'Image not available'), 'placeholder'],
    [at('floor-plan.png'), 'graphic'],
    [at('sizeChart.webp?v=2'), 'graphic'],
    [at('p.png', 'Energy label A+'), 'graphic'],
    [at('jeans.jpg', 'Relaxed jeans'), null],
    [at('maple-table.jpg', 'Table of maple wood'), null],
    [at('iconic-dress.jpg', 'An iconic dress'), null],
  ] as const)('%o is %s', (picture, expected) => {
    expect(saidToBe(picture)).toBe(expected)
  })

  const flat = { ...onWhite, flatness: 0, fewColours: 0.98 }
  const photograph = { flatness: 0.02, fewColours: 0.35 }

  it('counts where the look agrees: a drawing called a floor plan is a graphic', () => {
    const plan = candidate(at('floor-plan.png'))
    expect(assess(plan, facts(flat), catalog({ itemKind: 'property' }))).toMatchObject({ kind: 'graphic' })
    expect(assess(plan, facts(photograph), catalog())).toMatchObject({ kind: 'lifestyle' })
  })

  it('counts where the look agrees: a flat picture called "coming soon" is a placeholder', () => {
    const soon = candidate(at('photo-coming-soon.png'))
    expect(assess(soon, facts(flat), catalog())).toMatchObject({ accepted: false, reason: 'placeholder' })
    expect(assess(soon, facts(photograph), catalog())).toMatchObject({ accepted: true })
  })
})

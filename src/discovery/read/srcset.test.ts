import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseSrcset } from './srcset.ts'

describe('parseSrcset', () => {
  it.each([
    ['a.jpg', [{ text: 'a.jpg' }]],
    [
      'a.jpg 1x, b.jpg 2.5x',
      [
        { text: 'a.jpg', density: 1 },
        { text: 'b.jpg', density: 2.5 },
      ],
    ],
    [
      'a.jpg 100w,b.jpg 200w 300h',
      [
        { text: 'a.jpg', width: 100 },
        { text: 'b.jpg', width: 200 },
      ],
    ],
    ['w_300,h_200/a.jpg 300w', [{ text: 'w_300,h_200/a.jpg', width: 300 }]],
    [' ,, a.jpg, ,b.jpg', [{ text: 'a.jpg' }, { text: 'b.jpg' }]],
    ['a.jpg calc(1,2) 5w, b.jpg', [{ text: 'a.jpg', width: 5 }, { text: 'b.jpg' }]],
    ['a.jpg 0w, b.jpg -1x, c.jpg what', [{ text: 'a.jpg' }, { text: 'b.jpg' }, { text: 'c.jpg' }]],
    ['', []],
  ])('reads %j', (text, entries) => {
    expect(parseSrcset(text)).toEqual(entries)
  })

  it('gives back what was written', () => {
    const entry = fc.record({
      text: fc.stringMatching(/^[a-z0-9/._%?=&-]{1,20}$/),
      width: fc.integer({ min: 1, max: 9999 }),
    })
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const written = entries.map(({ text, width }) => `${text} ${width}w`).join(', ')
        expect(parseSrcset(written)).toEqual(entries)
      }),
    )
  })

  it('takes any text', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseSrcset(text)))
  })
})

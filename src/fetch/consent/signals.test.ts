import { describe, expect, it } from 'vitest'
import { noSignals } from '../fetcher.ts'
import type { Headers } from '../statuses.ts'
import { headerSignals, optOut, pageSignals } from './signals.ts'
import { unreserved } from './tdm-rules.ts'

const heard = (headers: Headers) => headerSignals(headers, 'Magpie', unreserved)

describe('X-Robots-Tag', () => {
  it.each<[string | string[], string[]]>([
    ['NoAI,  noimageai ', ['noai', 'noimageai']],
    [
      ['noindex', 'noai, noindex'],
      ['noindex', 'noai'],
    ],
    ['otherbot: noai', []],
    ['Magpie: noimageindex, none', ['magpie: noimageindex', 'magpie: none']],
    ['noai, otherbot: noindex, nofollow, magpie: noindex', ['noai', 'magpie: noindex']],
    ['max-image-preview:none, max-snippet: 20', ['max-image-preview: none', 'max-snippet: 20']],
    [
      'unavailable_after: 25 Jun 2030 15:00:00 PST, noai',
      ['unavailable_after: 25 jun 2030 15:00:00 pst', 'noai'],
    ],
    [' , ,,\xe9: noai', []],
    ['x'.repeat(5000), ['x'.repeat(100)]],
  ])('%j says to us %j', (value, robots) => {
    expect(heard({ 'x-robots-tag': value }).robots).toEqual(robots)
  })

  it('is kept for its first 32 directives', () => {
    const words = Array.from({ length: 100 }, (_, n) => `a${n}`).join()
    expect(heard({ 'x-robots-tag': words }).robots).toHaveLength(32)
  })
})

describe('what stops us', () => {
  it.each<[string, string | null]>([
    ['noai', 'noai'],
    ['noimageai', 'noimageai'],
    ['noml', 'noml'],
    ['noimageindex', 'noimageindex'],
    ['magpie: noindex', 'magpie: noindex'],
    ['magpie: none', 'magpie: none'],
    // These are about what search engines show.
    ['noindex, nofollow, none, noarchive', null],
    ['max-image-preview: none', null],
    ['otherbot: noai', null],
    ['all', null],
  ])('in "%s" is %s', (value, said) => {
    expect(optOut(heard({ 'x-robots-tag': value }), 'Magpie')).toBe(said)
  })

  it('in a reservation is 1', () => {
    expect(optOut({ ...noSignals, tdmReservation: 1 }, 'Magpie')).toBe('tdm-reservation: 1')
    expect(optOut({ ...noSignals, tdmReservation: 0 }, 'Magpie')).toBeNull()
  })
})

describe('the reservation of mining', () => {
  const site = { tdmReservation: 1, tdmPolicy: 'https://a.example/' } as const

  it('is the site’s, unless the headers know better', () => {
    expect(headerSignals({}, 'Magpie', site)).toMatchObject(site)
    expect(headerSignals({ 'tdm-reservation': 'yes' }, 'Magpie', site)).toMatchObject(site)
    expect(headerSignals({ 'tdm-reservation': '0' }, 'Magpie', site)).toMatchObject({
      tdmReservation: 0,
      tdmPolicy: null,
    })
    expect(headerSignals({ 'tdm-policy': 'https://b.example/' }, 'Magpie', site).tdmPolicy).toBe(
      'https://b.example/',
    )
  })

  it('is the stricter one of two headers', () => {
    expect(heard({ 'tdm-reservation': ['0', '1'] }).tdmReservation).toBe(1)
  })
})

describe('Content-Usage', () => {
  it.each<[string | string[], string | null]>([
    ['Train-AI=n, search=y', 'train-ai=n, search=y'],
    [['train-ai=y', 'train-ai=n;exp=1'], 'train-ai=n'],
    ['train-ai=perhaps, "x"=y', null],
    ['', null],
  ])('%j is kept as %j, and stops nobody', (value, kept) => {
    const signals = heard({ 'content-usage': value })
    expect(signals.contentUsage).toBe(kept)
    expect(optOut(signals, 'Magpie')).toBeNull()
  })
})

describe('the meta elements of a page', () => {
  const metas = [
    { name: 'robots', content: 'noindex, NoImageAI' },
    { name: 'magpie', content: 'noindex' },
    { name: 'otherbot', content: 'noai' },
    { name: 'tdm-reservation', content: '0' },
  ]

  it('add their directives to those of the headers, and outdo them on mining', () => {
    const headers = heard({ 'x-robots-tag': 'noindex', 'tdm-reservation': '1', 'content-usage': 'search=n' })
    expect(pageSignals(headers, metas, 'Magpie')).toEqual({
      robots: ['noindex', 'noimageai', 'magpie: noindex'],
      tdmReservation: 0,
      tdmPolicy: null,
      contentUsage: 'search=n',
    })
  })
})

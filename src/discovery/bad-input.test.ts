import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findOnPage } from './find-on-page.ts'

const url = 'https://shop.example/item/1'
/** A guard against time that grows with the square of the page, not a benchmark. */
const patienceMs = 15_000
const fill = (text: string, length = 20 << 20) => text.repeat(Math.ceil(length / text.length))

function timed(html: string) {
  const start = performance.now()
  const findings = findOnPage({ html, url })
  expect(performance.now() - start).toBeLessThan(patienceMs)
  return findings
}

describe('bad input', () => {
  it('takes 100,000 pictures, gives the first 5,000 and counts the rest', () => {
    const html = Array.from({ length: 100_000 }, (_, at) => `<img src="/p/${at}.jpg">`).join('')
    const { candidates, leftOut } = timed(html)
    expect(candidates).toHaveLength(5_000)
    expect(candidates[4_999]!.url).toBe('https://shop.example/p/4999.jpg')
    expect(leftOut.surplus).toBe(95_000)
  })

  it('takes nesting 10,000 deep and nothing closed', () => {
    const { candidates } = timed('<div class="x"><p><span>'.repeat(10_000) + '<img src="/a.jpg">')
    expect(candidates).toHaveLength(1)
  })

  it.each([
    ['unclosed elements', fill('<b>')],
    ['end tags without start', fill('<div></x></y>')],
    ['a data URI', `<img src="data:image/png;base64,${fill('A')}">`],
    ['a srcset', `<img srcset="${fill('a.jpg 1x, ')}">`],
    ['a style sheet', `<style>${fill('a{background:url("x')}</style>`],
    ['data URIs in a style sheet', `<style>${fill('url(data:')}</style>`],
    ['strings in a script', `<script>${fill('"https://')}</script>`],
    ['comments in JSON-LD', `<script type="application/ld+json">{${fill('/*')}</script>`],
    ['brackets in JSON', `<script type="application/json">${fill('[', 4 << 20)}</script>`],
    ['attributes', `<img ${fill('data-a="/a.jpg" ')}>`],
    [
      'entries of a list',
      `<ul>${fill('<li><a href="/p/1"><img src="/a.jpg"></a><p>words to be read</p></li>', 4 << 20)}`,
    ],
    ['links', `${'<div>'.repeat(400)}${fill('<a href="/p/1">x</a>', 4 << 20)}`],
    ['literals that do not end', `<script>${fill('= {"a": [1, 2, ', 4 << 20)}</script>`],
    ['numbers', fill('<b>1</b>', 2 << 20)],
    ['comments in a script', `<script>${fill('=[/*;', 2 << 20)}</script>`],
    [
      'data in data',
      `<script type="application/json">${'{"a":{"a":1,"b":1},"b":'.repeat(20_000)}1${'}'.repeat(20_000)}</script>`,
    ],
    ['srcsets', fill(`<img srcset="${'/a.jpg 1x, '.repeat(900)}">`, 7 << 20)],
    ['pages numbered', fill('<a href="?page=2">2</a><b class=current>1</b>', 4 << 20)],
    ['one class list', `<div class="${fill('related ')}"><img src="/a.jpg"></div>`],
    ['one link around all', `<a href="/a.jpg">${fill('<img src="/a.jpg">', 1 << 20)}`],
    ['one figure around all', `<figure>${fill('<img src="/a.jpg">', 1 << 20)}`],
  ])('takes megabytes of %s', (_, html) => {
    timed(html)
  })

  it('takes lists of lists, each entry another page', () => {
    const entry = (row: number, at: number) =>
      `<span><a class="g${String.fromCharCode(97 + (at % 26))}" href="/p/${row}/${at}"><img src="/i/${row}-${at}.jpg">x</a></span>`
    const row = (number: number) =>
      `<div>${Array.from({ length: 100 }, (_, at) => entry(number, at)).join('')}</div>`
    timed(Array.from({ length: 300 }, (_, number) => row(number)).join(''))
  })

  it('takes megabytes of data about records', () => {
    const ads = Array.from({ length: 20_000 }, (_, n) => ({
      id: 100_000 + n,
      url: `/p/${100_000 + n}`,
      images: [`/i/${n}.jpg`, `/j/${n}.jpg`],
      text: 'x'.repeat(100),
    }))
    const { records } = timed(`<script>window.ads = ${JSON.stringify(ads)}</script>`)
    expect(records.length).toBeGreaterThan(1_000)
  })

  it('takes any text', () => {
    const piece = fc.constantFrom(
      ...[
        '<img src=',
        '"',
        "'",
        '>',
        '<',
        '</a>',
        '<a href="/a.jpg">',
        'srcset="a 1x,',
        '<script>',
        '</script>',
      ],
      ...[
        '{"image":',
        '[',
        '}',
        '<style>',
        'url(',
        '<svg>',
        '<noscript>',
        '&lt;img',
        '\\u002F',
        '<picture>',
        '%',
        '\0',
      ],
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 40 }), (pieces) => {
        const { candidates } = findOnPage({ html: pieces.join(''), url })
        expect(candidates.every((one, at) => one.position === at && /^https?:/.test(one.url))).toBe(true)
      }),
    )
  })
})

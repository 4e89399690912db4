import { describe, expect, it } from 'vitest'
import { findOnPage } from './find.ts'

const url = 'https://shop.example/item/1'
const find = (html: string) => findOnPage({ html, url })
const found = (html: string) =>
  find(html).candidates.map((one) => one.url.replace('https://shop.example', ''))
const wordsFor = (html: string) => find(html).candidates.map(({ foundIn }) => foundIn)

describe('where pictures hide', () => {
  const places: readonly (readonly [string, string, readonly string[]])[] = [
    ['img src', '<img src="/a.jpg">', ['/a.jpg']],
    ['an unquoted attribute', '<img src=/a.jpg alt=x>', ['/a.jpg']],
    ['the largest of a srcset', '<img src="/s.jpg" srcset="/m.jpg 400w, /l.jpg 1600w">', ['/l.jpg']],
    ['the densest of a srcset', '<img srcset="/a.jpg, /b.jpg 2x">', ['/b.jpg']],
    [
      'a picture and its sources',
      '<picture><source srcset="/a.webp 900w"><img src="/a-small.jpg"></picture>',
      ['/a.webp'],
    ],
    ['data-src', '<img src="data:image/gif;base64,R0" data-src="/a.jpg">', ['/a.jpg']],
    ['data-srcset', '<img data-srcset="/a.jpg 300w, /b.jpg 900w">', ['/b.jpg']],
    ['a zoom attribute', '<img src="/a.jpg" data-zoom-image="/zoom/a1.jpg">', ['/zoom/a1.jpg']],
    ['an attribute of no known name', '<div data-slide-photo="/a.jpg"></div>', ['/a.jpg']],
    [
      'an attribute of an img that is some source',
      '<img src-swap-high-dpi="/icon350.jpeg">',
      ['/icon350.jpeg'],
    ],
    ['a URL without extension in a lazy attribute', '<img data-original="/photo/12">', ['/photo/12']],
    [
      'data-a-dynamic-image',
      '<img src="/t.jpg" data-a-dynamic-image="{&quot;/a.jpg&quot;:[300,200],&quot;/b.jpg&quot;:[900,600]}">',
      ['/b.jpg'],
    ],
    ['a gallery in an attribute', `<div data-gallery='["/a.jpg","/b.jpg"]'></div>`, ['/a.jpg', '/b.jpg']],
    ['a background', '<div style="background: #fff url(&quot;/a.jpg&quot;)"></div>', ['/a.jpg']],
    [
      'an image-set',
      `<div style="background-image:image-set('/a.webp' 1x, '/b.webp' 2x)"></div>`,
      ['/b.webp'],
    ],
    ['data-bg', '<div data-bg="/a.jpg"></div>', ['/a.jpg']],
    ['data-bg with url()', '<div data-bg="url(/a.jpg)"></div>', ['/a.jpg']],
    ['a style sheet', '<style>.x{background:url(/a.png)} @font-face{src:url(/f.woff2)}</style>', ['/a.png']],
    ['Open Graph', '<meta property="og:image" content="/a.jpg">', ['/a.jpg']],
    ['a Twitter card', '<meta name="twitter:image" content="/a.jpg">', ['/a.jpg']],
    ['link rel=image_src', '<link rel="image_src" href="/a.jpg">', ['/a.jpg']],
    ['a preload', '<link rel=preload as=image imagesrcset="/a.jpg 1x, /b.jpg 2x">', ['/b.jpg']],
    ['microdata on meta', '<div itemscope><meta itemprop="image" content="/a"></div>', ['/a']],
    [
      'a nested ImageObject',
      '<div itemprop="image" itemscope><link itemprop="contentUrl" href="/a.jpg"></div>',
      ['/a.jpg'],
    ],
    ['RDFa', '<div typeof="schema:Car"><img property="schema:image" src="/a.jpg"></div>', ['/a.jpg']],
    ['RDFa on a link', '<span property="image" resource="/a.jpg"></span>', ['/a.jpg']],
    ['a link to a picture', '<a href="/a.jpg">photo</a>', ['/a.jpg']],
    ['a link around its thumbnail', '<a href="/a-full.jpg"><img src="/thumb-of-a.jpg"></a>', ['/a-full.jpg']],
    ['a noscript', '<noscript><img src="/a.jpg"></noscript>', ['/a.jpg']],
    ['an escaped noscript', '<noscript>&lt;img src="/a.jpg"&gt;</noscript>', ['/a.jpg']],
    ['a template script', '<script type="text/template"><img src="/a.jpg"></script>', ['/a.jpg']],
    ['a video poster', '<video poster="/a.jpg"></video>', ['/a.jpg']],
    ['an SVG image', '<svg><image xlink:href="/a.jpg"/></svg>', ['/a.jpg']],
    ['an input', '<input type=image src="/a.jpg">', ['/a.jpg']],
    ['an object', '<object data="/a.jpg"></object>', ['/a.jpg']],
    ['a background attribute', '<table><td background="/a.jpg"></table>', ['/a.jpg']],
    [
      'application state',
      '<script id="__NEXT_DATA__" type="application/json">{"photos":[{"url":"/a.jpg"},{"url":"/b.jpg"}]}</script>',
      ['/a.jpg', '/b.jpg'],
    ],
    [
      'strings of a script',
      String.raw`<script>var g = ["https:\/\/shop.example\/a.jpg", 'https:\u002F\u002Fshop.example\u002Fb.jpg']</script>`,
      ['/a.jpg', '/b.jpg'],
    ],
  ]
  it.each(places)('finds %s', (_, html, expected) => {
    expect(found(html)).toEqual(expected)
  })

  it('says where each was found', () => {
    expect(wordsFor('<img src=/a.jpg>')).toEqual(['img'])
    expect(wordsFor('<img srcset="/a.jpg 2x">')).toEqual(['srcset'])
    expect(wordsFor('<img data-src=/a.jpg>')).toEqual(['lazy'])
    expect(wordsFor('<p style="background:url(/a.jpg)">')).toEqual(['css'])
    expect(wordsFor('<meta property=og:image content=/a.jpg>')).toEqual(['meta'])
    expect(wordsFor('<a href=/a.jpg>x</a>')).toEqual(['link'])
    expect(wordsFor('<script>x="/a.jpg"</script>')).toEqual(['state'])
  })

  it('leaves out links to pages about a file', () => {
    expect(found('<a href="/wiki/File:A.jpg">x</a><a href="/a.html">y</a>')).toEqual([])
  })
})

describe('addresses', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['protocol-relative', '<img src="//cdn.example/a.jpg">', 'https://cdn.example/a.jpg'],
    ['relative', '<img src="../a.jpg">', 'https://shop.example/a.jpg'],
    ['against base', '<base href="/b/"><img src="a.jpg">', 'https://shop.example/b/a.jpg'],
    ['with an empty base', '<base href=""><img src="a.jpg">', 'https://shop.example/item/a.jpg'],
    ['with entities', '<img src="/i?a=1&amp;b=2">', 'https://shop.example/i?a=1&b=2'],
    ['with spaces', '<img src=" /a b.jpg ">', 'https://shop.example/a%20b.jpg'],
    ['with backslashes', String.raw`<img src="\img\a.jpg">`, 'https://shop.example/img/a.jpg'],
    ['with a fragment', '<img src="/a.jpg#x">', 'https://shop.example/a.jpg'],
  ]
  it.each(cases)('are resolved: %s', (_, html, expected) => {
    expect(find(html).candidates.map((one) => one.url)).toEqual([expected])
  })

  it('counts what is no address that can be fetched', () => {
    const { candidates, leftOut } = find(
      '<img src="data:image/png;base64,AA"><img src="blob:https://x/1"><img src="javascript:void(0)">' +
        '<img src="/{{photo}}.jpg"><img src="http://"><img src="">',
    )
    expect(candidates).toEqual([])
    expect(leftOut).toEqual({ dataUris: 1, unusableUrls: 4, surplus: 0 })
  })

  it('names the base after <base>', () => {
    expect(find('<base href="//other.example/x/">').base).toBe('https://other.example/x/')
  })
})

describe('one picture, one candidate', () => {
  it('keeps the first place, the largest URL and the best text', () => {
    const { candidates } = find(
      '<img src="/first.jpg"><img src="/a-300x300.jpg" alt="Anvil"><img src="/b.jpg"><a href="/a.jpg"><img src="/a-100x100.jpg" alt="The Executive Anvil"></a>',
    )
    expect(candidates.map((one) => [one.url.slice(20), one.position, one.altText])).toEqual([
      ['/first.jpg', 0, null],
      ['/a.jpg', 1, 'The Executive Anvil'],
      ['/b.jpg', 2, null],
    ])
  })

  it('takes a noscript copy for the picture beside it', () => {
    expect(found('<img data-src="/a?w=900"><noscript><img src="/fallback.jpg"></noscript>')).toHaveLength(1)
  })

  it('does not make one picture of all that share a placeholder', () => {
    const html = [1, 2, 3].map((n) => `<img src="/wait.gif" data-src="/photo${n}.jpg">`).join('')
    const { candidates } = find(html)
    expect(candidates.map((one) => one.url.slice(20)).sort()).toEqual([
      '/photo1.jpg',
      '/photo2.jpg',
      '/photo3.jpg',
      '/wait.gif',
    ])
    expect(candidates.find((one) => one.url.endsWith('gif'))!.expected.score).toBeLessThan(20)
  })

  it('does not make one picture of a link around several', () => {
    expect(found('<a href="/big.jpg"><img src="/a.jpg"><img src="/b.jpg"></a>')).toHaveLength(3)
  })

  it('follows the page: head-only declarations first, others in their place in the body', () => {
    const html =
      '<meta property="og:image" content="/only-head.jpg"><link rel=image_src href="/b.jpg">' +
      '<style>p{background:url(/sheet.png)}</style><body><img src="/a.jpg"><img src="/b.jpg">'
    expect(found(html)).toEqual(['/only-head.jpg', '/a.jpg', '/b.jpg', '/sheet.png'])
    expect(find(html).candidates.map((one) => one.declaredPrimary)).toEqual([true, false, true, false])
  })

  it('takes the first of several og:image for the primary one', () => {
    const html = '<meta property=og:image content=/a.jpg><meta property=og:image content=/b.jpg>'
    expect(find(html).candidates.map((one) => one.declaredPrimary)).toEqual([true, false])
  })

  it('reads title, caption and declared size', () => {
    const { title, candidates } = find(
      '<title> An\n item </title><figure><img src=/a.jpg width=640 height="480px"><figcaption>Seen from <b>afar</b></figcaption></figure>',
    )
    expect(title).toBe('An item')
    expect(candidates[0]).toMatchObject({ context: 'Seen from afar', declared: { width: 640, height: 480 } })
  })
})

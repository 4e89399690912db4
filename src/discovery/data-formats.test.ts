import { describe, expect, it } from 'vitest'
import { findOnPage } from './find.ts'

const at = 'https://shop.example/list'
const page = (body: string) => `<!doctype html><title>Cars in Sofia</title><h1>Cars in Sofia</h1>${body}`
const find = (body: string) => findOnPage({ html: page(body), url: at })
const urlsIn = (body: string) => find(body).candidates.map(({ url }) => url)
const attribute = (value: unknown) => JSON.stringify(value).replaceAll('"', '&quot;')
const json = (value: unknown, id = 'data') =>
  `<script type="application/json" id="${id}">${JSON.stringify(value)}</script>`

const car = (n: number) => ({
  id: 7000 + n,
  url: `/ads/car-${7000 + n}`,
  title: `Car number ${n}`,
  images: [`https://cdn.example/p/${7000 + n}/a.jpg`, `https://cdn.example/p/${7000 + n}/b.jpg`],
})
const cars = [1, 2, 3, 4].map(car)
const expected = cars.map(({ url, images }) => ({ url: `https://shop.example${url}`, images }))

/** Each record's address and its pictures. */
function recordsIn(body: string) {
  const { records } = find(body)
  return records.map(({ url, images }) => ({ url, images }))
}

/** A value as devalue writes it: a list in which objects and arrays hold the places of their values. */
function flattened(value: unknown, into: unknown[] = []): unknown[] {
  const place = into.push(null) - 1
  const next = (inner: unknown) => {
    const to = into.length
    flattened(inner, into)
    return to
  }
  into[place] = Array.isArray(value)
    ? value.map(next)
    : value && typeof value === 'object'
      ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, next(inner)]))
      : value
  return into
}

describe("the flat payload of Nuxt's pages", () => {
  it('holds records with their pictures', () => {
    expect(recordsIn(json(flattened({ data: { list: cars } }), '__NUXT_DATA__'))).toEqual(expected)
  })

  it('is read through what makes its values reactive, and through sets and maps', () => {
    const payload = [
      ['ShallowReactive', 1],
      { data: 2, at: 9 },
      ['Map', 3, 4],
      'cars',
      ['Set', 5, 6],
      { image: 7 },
      ['null', 'image', 8],
      'https://cdn.example/a.jpg',
      'https://cdn.example/b.jpg',
      ['Date', '2026-01-01'],
    ]
    expect(urlsIn(json(payload, '__NUXT_DATA__'))).toEqual([
      'https://cdn.example/a.jpg',
      'https://cdn.example/b.jpg',
    ])
  })

  it('has an end where its objects hold one another, or hold others in many places, a thousand deep', () => {
    const round = [{ car: 1 }, { image: 2, parent: 0, self: 1 }, 'https://cdn.example/a.jpg']
    expect(urlsIn(json(round, '__NUXT_DATA__'))).toEqual(['https://cdn.example/a.jpg'])
    const deep = [...Array(100_000).keys()].map((n) => ({ inner: n + 1, again: n + 1 }))
    expect(urlsIn(json(deep, '__NUXT_DATA__'))).toEqual([])
    expect(urlsIn(json([{ a: 17, b: -1, c: 'x' }], '__NUXT_DATA__'))).toEqual([])
  })
})

describe("the stream of React's server components", () => {
  const push = (text: string) => `<script>self.__next_f.push([1,${JSON.stringify(text)}])</script>`
  const rows = [
    '1:I[123,["/_next/static/chunks/1.js"],""]',
    '2:T9,жük{\n1:',
    `3:["$","div",null,{"children":["$","$L1",null,${JSON.stringify({ listings: cars })}]}]`,
    '4:"$3"',
  ]
  // The text is counted in bytes, and no sign ends it.
  const stream = `${rows[0]}\n${rows[1]}${rows[2]}\n${rows[3]}\n`

  it.each([10, 100, 5_000])('holds records, in pieces of %d characters', (length) => {
    const pieces = stream.match(new RegExp(`[^]{1,${length}}`, 'g'))!
    expect(recordsIn(pieces.map(push).join('<p>between</p>'))).toEqual(expected)
  })

  it('gives what it can of a stream that breaks off', () => {
    expect(urlsIn(push(stream.slice(0, -90)))).toContain(expected[0]!.images[0])
    expect(urlsIn(push('7:{"image":"https://cdn.example/a.jpg"'))).toEqual(['https://cdn.example/a.jpg'])
  })
})

describe('state that is escaped in ways of its own', () => {
  it("is read in Angular's old escapes", () => {
    const text = JSON.stringify({ list: { body: cars } }).replaceAll('"', '&q;')
    expect(recordsIn(`<script id="app-state" type="application/json">${text}</script>`)).toEqual(expected)
  })

  it('is read where it is encoded as a part of a URL', () => {
    const text = encodeURIComponent(JSON.stringify({ cars }))
    expect(recordsIn(`<script>window.__state__ = "${text}"</script>`)).toEqual(expected)
    expect(recordsIn(`<script>window.s = JSON.parse(decodeURIComponent("${text}"))</script>`)).toEqual(
      expected,
    )
    expect(urlsIn('<script>window.s = "%7B%22a%22%ff%7D"</script>')).toEqual([])
  })
})

describe('an attribute that holds data', () => {
  const pictures = ['https://cdn.example/0/big.jpg', 'https://cdn.example/1/big.jpg']

  it.each([
    [
      'properties of Vue',
      `<image-slider :images="${attribute(pictures.map((src) => ({ src })))}"></image-slider>`,
    ],
    ['literals', `<image-slider v-bind:images="['${pictures.join("', '")}']"></image-slider>`],
    [
      'islands of Astro',
      `<astro-island props="${attribute({ images: [1, pictures.map((one) => [0, one])] })}"></astro-island>`,
    ],
    ['properties of React', `<div data-props="${attribute({ gallery: { pictures } })}"></div>`],
  ])('gives its pictures: %s', (_, body) => {
    expect(urlsIn(body)).toEqual(pictures)
  })

  it('is read as what it says where each value is a pair, as in islands of Astro', () => {
    const cars = [0, 1].map((n) => [
      0,
      {
        title: [0, `Car number ${n}`],
        photo: [0, { src: [0, `/media/${n}`], width: [0, 800], height: [0, 600] }],
        more: [1, [[0, { thumb: [0, `/t/${n}.jpg`], large: [0, `/l/${n}.jpg`] }]]],
      },
    ])
    const { candidates } = find(`<astro-island props="${attribute({ cars: [1, cars] })}"></astro-island>`)
    expect(candidates.map(({ url, altText }) => [new URL(url).pathname, altText])).toEqual(
      [0, 1].flatMap((n) => [
        [`/media/${n}`, `Car number ${n}`],
        [`/l/${n}.jpg`, `Car number ${n}`],
      ]),
    )
  })

  it('gives none where it is code or a style', () => {
    const body = `<div onclick="[${pictures.map((one) => `'${one}'`).join()}]" style="{background:1}">x</div>`
    expect(urlsIn(body)).toEqual([])
  })
})

describe('in data, an address without a file name', () => {
  const seen = (value: unknown) => urlsIn(json(value))

  it.each([
    [
      { photos: ['https://cdn.example/v2/0abc?w=600', '//cdn.example/v2/1abc'] },
      ['https://cdn.example/v2/0abc?w=600', 'https://cdn.example/v2/1abc'],
    ],
    [{ coverImage: '/media/0abc' }, ['https://shop.example/media/0abc']],
    [{ image_url: 'https://cdn.example/v2/0abc' }, ['https://cdn.example/v2/0abc']],
    [
      { one: { src: 'https://cdn.example/v2/0abc', width: 800, height: 600 } },
      ['https://cdn.example/v2/0abc'],
    ],
    [
      { photos: [{ url: 'https://cdn.example/v2/0abc', width: 800, height: 600 }] },
      ['https://cdn.example/v2/0abc'],
    ],
    [
      { large: 'https://apollo.example/v1/files/eyJ/image;s=1280x1024;q=80' },
      ['https://apollo.example/v1/files/eyJ/image;s=1280x1024;q=80'],
    ],
  ])('is a picture by what it is called: %j', (value, urls) => {
    expect(seen(value)).toEqual(urls)
  })

  it('is the larger of two sizes that are its keys', () => {
    const images = [
      {
        '75x55': 'https://10.cdn.example/image/1/1.aaaa',
        '1280x960': 'https://10.cdn.example/image/1/1.AAAA',
      },
      {
        '75x55': 'https://10.cdn.example/image/1/1.bbbb',
        '1280x960': 'https://10.cdn.example/image/1/1.BBBB',
      },
    ]
    expect(seen({ images })).toEqual([
      'https://10.cdn.example/image/1/1.AAAA',
      'https://10.cdn.example/image/1/1.BBBB',
    ])
  })

  it.each([
    { url: '/ads/car-7001' },
    { image: 'https://shop.example/brochure.pdf' },
    { image: 'red' },
    { image: '/' },
    { photos: ['/photos/'] },
    { imageCount: '/1234' },
    { popup: { url: '/report-abuse?id=17', width: 580, height: 380 } },
    { photo: { url: '/slp/rooms-17', width: 580, height: 380, thumb: 'https://cdn.example/' } },
  ])('is none otherwise: %j', (value) => {
    expect(seen(value).filter((url) => !/cdn/.test(url) && !/rooms-17/.test(url))).toEqual([])
  })

  it('is a picture of a record in JSON-LD', () => {
    const itemListElement = cars.map(({ url, title }, n) => ({
      '@type': 'ListItem',
      position: n + 1,
      item: { '@type': 'Product', name: title, url, image: `https://images.example/v2/${n}abc?w=600` },
    }))
    const list = JSON.stringify({ '@context': 'https://schema.org', '@type': 'ItemList', itemListElement })
    expect(recordsIn(`<script type="application/ld+json">${list}</script>`)).toEqual(
      cars.map(({ url }, n) => ({
        url: `https://shop.example${url}`,
        images: [`https://images.example/v2/${n}abc?w=600`],
      })),
    )
  })
})

describe('a list of widths in data', () => {
  const hash = (n: number) => `${n}e13f0c9d2a7b5c4e8f60718293a4b5c`
  const sizes = (n: number, ending: string) =>
    [384, 576, 1536].map((width) => ({
      url: `https://cdn.example/fp/${hash(n)}-cc_ft_${width}.${ending}`,
      width,
    }))

  it('is one picture, in its largest width', () => {
    const photos = [1, 2].map((n) => ({ mixedSources: { jpeg: sizes(n, 'jpg'), webp: sizes(n, 'webp') } }))
    expect(urlsIn(json({ photos }))).toEqual(
      [1, 2].map((n) => `https://cdn.example/fp/${hash(n)}-cc_ft_1536.jpg`),
    )
  })

  it('is several pictures where more than the width differs', () => {
    const photos = [1, 2, 3].map((n) => ({ url: `https://cdn.example/${n}-640.jpg`, width: 640 }))
    expect(urlsIn(json({ photos }))).toEqual(photos.map(({ url }) => url))
  })
})

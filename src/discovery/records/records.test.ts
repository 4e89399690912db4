import { describe, expect, it } from 'vitest'
import { findOnPage } from '../find.ts'

const find = (html: string, url = 'https://list.example/cars/page-1') => findOnPage({ html, url })
const short = (url: string | null) => url?.replace('https://list.example', '') ?? null
/** Records as `address: pictures`. */
const records = (html: string) =>
  find(html).records.map(({ url, images }) => `${short(url)}: ${images.map(short).join(' ')}`)

const words = 'Petrol, 2019, 84,000 km, one owner, full service history, winter tyres'
const car = (n: number, more = '') =>
  `<a href="/cars/${n}"><img src="/photo-of-${n}a.jpg" width="300" height="200"></a>
   <h3><a href="/cars/${n}">Car number ${n}</a></h3><p>${words}</p>${more}`
const expected = (...numbers: number[]) => numbers.map((n) => `/cars/${n}: /photo-of-${n}a.jpg`)
const list = (count: number, wrap: (inside: string, n: number) => string) =>
  Array.from({ length: count }, (_, at) => wrap(car(at + 1), at + 1)).join('\n')

describe('the records of a list page', () => {
  it('are its repeated entries, each with its link, title and pictures, in page order', () => {
    const { records, candidates } = find(`<h1>Cars</h1><ul>${list(4, (inside) => `<li>${inside}</li>`)}</ul>`)
    expect(records.map(({ url, title, images }) => [short(url), title, images.map(short)])).toEqual(
      [1, 2, 3, 4].map((n) => [`/cars/${n}`, `Car number ${n}`, [`/photo-of-${n}a.jpg`]]),
    )
    expect(candidates.map(({ record }) => record)).toEqual([0, 1, 2, 3])
    expect(candidates[2]!.expected.reasons.join()).toContain('shows record 3 of the list')
  })

  it('are found in a grid of rows, and one alone in the last row is none the less a record', () => {
    const cells = [1, 2, 3, 4, 5].map((n) => `<div class="cell">${car(n)}</div>`)
    const rows = [cells.slice(0, 2), cells.slice(2, 4), cells.slice(4)]
    const html = rows.map((row) => `<div class="row">${row.join('')}</div>`).join('')
    expect(records(html)).toEqual(expected(1, 2, 3, 4, 5))
  })

  it('are found in a table whose rows belong together in twos', () => {
    const rows = [1, 2, 3, 4].map(
      (n) =>
        `<tr><td><a href="/cars/${n}">Car number ${n}</a></td></tr>
         <tr><td><img src="/photo-of-${n}a.jpg" width="300" height="200"></td><td>${words}</td></tr>`,
    )
    expect(records(`<table>${rows.join('')}</table>`)).toEqual(expected(1, 2, 3, 4))
  })

  it('are found where pictures come before the link they belong to, with nothing around both', () => {
    const flat = [1, 2, 3, 4].map(
      (n) =>
        `<img src="/photo-of-${n}a.jpg" width="300" height="200"><p>${words}</p><a href="/cars/${n}">Car ${n}</a><hr>`,
    )
    expect(records(`<div>${flat.join('')}</div>`)).toEqual(expected(1, 2, 3, 4))
  })

  it('keep the pictures of a carousel inside an entry together', () => {
    const html = list(
      4,
      (inside, n) =>
        `<li>${inside}<ul>${['b', 'c'].map((slide) => `<li><a href="/cars/${n}?photo=${slide}"><img src="/photo-of-${n}${slide}.jpg" width="300" height="200"></a></li>`).join('')}</ul></li>`,
    )
    expect(records(`<ul>${html}</ul>`)[2]).toBe('/cars/3: /photo-of-3a.jpg /photo-of-3b.jpg /photo-of-3c.jpg')
  })

  it('include a sponsored entry in a wrapper of its own, in its place', () => {
    const entry = (n: number) => `<div class="entry">${car(n)}</div>`
    const html = `<main>${entry(1)}<section class="top-ad"><div>${entry(2)}</div></section>${entry(3)}${entry(4)}${entry(5)}</main>`
    expect(records(html)).toEqual(expected(1, 2, 3, 4, 5))
  })

  it('include those that are made otherwise, large ones before small ones', () => {
    const large = [1, 2, 3].map((n) => `<section class="large"><div><div>${car(n)}</div></div></section>`)
    const small = [4, 5, 6, 7].map((n) => `<tr><td>${car(n)}</td></tr>`)
    expect(records(`<main>${large.join('')}<table>${small.join('')}</table></main>`)).toEqual(
      expected(1, 2, 3, 4, 5, 6, 7),
    )
  })

  it('are found where nothing in them is a link', () => {
    const people = [1, 2, 3, 4].map(
      (n) =>
        `<div class="card"><img src="/photo-of-${n}a.jpg" width="300"><h3>Car ${n}</h3><p>${words}</p></div>`,
    )
    const { records } = find(`<main>${people.join('')}</main>`)
    expect(records.map(({ url, title, images }) => [url, title, images.map(short)])).toEqual(
      [1, 2, 3, 4].map((n) => [null, `Car ${n}`, [`/photo-of-${n}a.jpg`]]),
    )
  })

  it('are found where each is one link as a whole, or only says by script where it leads', () => {
    const cards = [1, 2, 3, 4].map(
      (n) =>
        `<a class="card" href="/cars/${n}"><img src="/photo-of-${n}a.jpg" width="300"><b>Car ${n}</b><p>${words}</p></a>`,
    )
    expect(records(`<main>${cards.join('')}</main>`)).toEqual(expected(1, 2, 3, 4))
    const clicked = cards.map((card) =>
      card.replace('<a ', '<div ').replace('href', 'data-href').replace('</a>', '</div>'),
    )
    expect(records(`<main>${clicked.join('')}</main>`)).toEqual(expected(1, 2, 3, 4))
  })

  it.each([
    [
      'filters',
      `<aside><h4>Fuel</h4>${'<label><input type=checkbox> Petrol, diesel, gas and what else there is</label>'.repeat(60)}</aside>`,
    ],
    ['a text for search engines', `<div class="intro"><p>${`${words}. `.repeat(80)}</p></div>`],
    [
      'a dialogue about cookies',
      `<div class="consent"><p>${'We and our partners store things on your device. '.repeat(60)}</p></div>`,
    ],
  ])('are found behind %s', (_, before) => {
    expect(records(`${before}<main><ul>${list(8, (inside) => `<li>${inside}</li>`)}</ul></main>`)).toEqual(
      expected(1, 2, 3, 4, 5, 6, 7, 8),
    )
  })

  it.each(['teaser-list', 'page has-sidebar', 'cards with-menu'])(
    'are found in what is called %s',
    (name) => {
      expect(
        records(`<div class="${name}">${list(4, (inside) => `<div class="c">${inside}</div>`)}</div>`),
      ).toEqual(expected(1, 2, 3, 4))
    },
  )

  it('lead to themselves, though a seller and a button are linked in the same way', () => {
    const html = list(
      5,
      (inside, n) =>
        `<li><a href="/sellers/${n}"><img src="/faces/${n}.jpg" alt="Seller ${n}" width="40" height="40"></a>${inside}<a href="/cars/${n}?watch=1">Watch</a></li>`,
    )
    expect(records(`<ul>${html}</ul>`)).toEqual(expected(1, 2, 3, 4, 5))
  })

  it('show their own first slide first, though a copy of the last one stands before it', () => {
    const slides = (n: number) =>
      `<div class="slide slick-cloned"><img src="/car-${n}c.jpg" width="300"></div>` +
      ['a', 'b', 'c']
        .map((one) => `<div class="slide"><img src="/car-${n}${one}.jpg" width="300"></div>`)
        .join('')
    const html = [1, 2, 3, 4].map(
      (n) => `<li><div>${slides(n)}</div><h3><a href="/cars/${n}">Car ${n}</a></h3><p>${words}</p></li>`,
    )
    expect(records(`<ul>${html.join('')}</ul>`)[0]).toBe('/cars/1: /car-1a.jpg /car-1b.jpg /car-1c.jpg')
  })

  it('have their pictures, also where these are called as drawings are', () => {
    const html = [1, 2, 3, 4].map(
      (n) =>
        `<li><a href="/m/${n}" title="Wheel loader L${n}0"><img src="/photos/wheel-loader-l${n}0.jpg"><h3>Wheel loader L${n}0</h3></a><p>${words}</p></li>`,
    )
    expect(records(`<ul>${html.join('')}</ul>`)).toEqual(
      [1, 2, 3, 4].map((n) => `/m/${n}: /photos/wheel-loader-l${n}0.jpg`),
    )
  })

  it('are each counted once where the page has them twice, for desks and for phones', () => {
    const twice = list(4, (inside) => `<div class="desk">${inside}</div><div class="phone">${inside}</div>`)
    expect(records(`<main>${twice}</main>`)).toEqual(expected(1, 2, 3, 4))
  })

  it('do not take badges, ratings and sellers’ faces for their pictures', () => {
    const html = list(
      6,
      (inside, n) =>
        `<li><img src="/badges/checked.png">${inside}<img src="/class-${n % 3}.png" width="40" height="40"><a href="/dealers/${n % 2}"><img src="/faces/${n % 2}.jpg" width="48" height="48"></a></li>`,
    )
    expect(records(`<ul>${html}</ul>`)).toEqual(expected(1, 2, 3, 4, 5, 6))
  })

  it('have no picture where the page shows a blank that many share', () => {
    const html = list(6, (inside, n) =>
      n > 3 ? `<li>${inside.replace(/photo-of-\da/, 'no-image-yet')}</li>` : `<li>${inside}</li>`,
    )
    expect(records(`<ul>${html}</ul>`).slice(2)).toEqual([
      ...expected(3),
      ...[4, 5, 6].map((n) => `/cars/${n}: `),
    ])
  })
})

describe('records whose pictures only a script knows', () => {
  const ids = [734501, 734502, 734503, 734504]
  const cards = (shown: number) =>
    ids
      .map(
        (id, at) =>
          `<li><a href="/ad/${id}.htm"><h3>Ad ${at}</h3></a>${at < shown ? `<img src="/p/${id}-1.jpg">` : ''}<p>${words}</p></li>`,
      )
      .join('')
  const state = (write: (value: unknown) => string) =>
    write({ ads: ids.map((id) => ({ list_id: id, images: [`/p/${id}-1.jpg`, `/p/${id}-2.jpg`] })) })
  const both = ids.map((id) => `/ad/${id}.htm: /p/${id}-1.jpg /p/${id}-2.jpg`)

  it.each([
    ['as JSON', state((value) => `<script type="application/json">${JSON.stringify(value)}</script>`)],
    [
      'as JavaScript',
      state((value) => `<script>window.__STATE__ = ${JSON.stringify(value)}; start()</script>`),
    ],
  ])('get them by the number in their address, written %s', (_, script) => {
    expect(records(`<ul>${cards(1)}</ul>${script}`)).toEqual(both)
  })

  it('are found in the data alone where the markup has none', () => {
    const data = {
      results: ids.map((id) => ({
        url: `/ad/${id}.htm`,
        title: `Ad ${id}`,
        photo: { small: `/p/${id}-s.jpg`, large: `/p/${id}-l.jpg` },
      })),
    }
    const html = `<div id="root"></div><script>window.__DATA__=${JSON.stringify(data)}</script>`
    expect(records(html)).toEqual(ids.map((id) => `/ad/${id}.htm: /p/${id}-l.jpg`))
    expect(find(html).records[0]!.title).toBe('Ad 734501')
  })
})

describe('a page about one thing', () => {
  const story = `<h1>Blue kettle</h1><div class="gallery"><img src="/kettle.jpg" alt="Blue kettle" width="800" height="800"></div><p>${`${words}. `.repeat(20)}</p>`

  it('has no records, though other things stand below it', () => {
    const { records, candidates } = find(
      `<main>${story}<ul>${list(4, (inside) => `<li>${inside}</li>`)}</ul></main>`,
    )
    expect(records).toEqual([])
    const [first, ...others] = candidates
    expect(first!.url).toContain('kettle')
    for (const other of others) expect(other.expected.score).toBeLessThan(first!.expected.score - 30)
    expect(others[0]!.expected.reasons.join()).toContain('in one of 4 alike entries')
  })

  it('has no records where the items below it say more than it does, and are addressed as it is', () => {
    const related = Array.from(
      { length: 12 },
      (_, n) => `<li class="x${n}y">${car(n).replaceAll('/cars/', '/things/')}</li>`,
    )
    const html = `<main><h1>Blue kettle</h1><div class="gallery"><img src="/kettle.jpg" alt="Blue kettle" width="800" height="800"></div><p>Holds a litre.</p><ul>${related.join('')}</ul></main>`
    expect(findOnPage({ html, url: 'https://list.example/things/blue-kettle-7' }).records).toEqual([])
  })

  it('has no records for its own variants', () => {
    const variants = ['red', 'blue', 'green'].map((one) => ({
      url: `/p/tee?colour=${one}`,
      title: one,
      image: `/m/tee-${one}.jpg`,
    }))
    const html = `<h1>Tee</h1><script>var variants = ${JSON.stringify(variants)}</script>`
    expect(findOnPage({ html, url: 'https://list.example/p/tee' }).records).toEqual([])
  })

  it('has no records for its menu', () => {
    const menu = Array.from(
      { length: 30 },
      (_, n) => `<li><a href="/department-${n}">Department ${n}</a></li>`,
    )
    expect(records(`<nav><ul>${menu.join('')}</ul></nav>${story}`)).toEqual([])
  })

  it('keeps the small pictures of its gallery, which stand with the large one', () => {
    const thumbs = ['b', 'c'].map(
      (n) => `<div style="background-image:url(/files/${n}x/image;s=82x0)"></div>`,
    )
    const { candidates } = find(
      `<main><h1>Blue kettle</h1><div><div><img src="/files/ax/image;s=800x0" alt="Blue kettle" width="800"></div><div>${thumbs.join('')}</div></div><p>${words.repeat(5)}</p></main>`,
    )
    expect(candidates.map(({ expected }) => expected.kind)).toEqual(['product', 'product', 'product'])
  })
})

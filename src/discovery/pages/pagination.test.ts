import { describe, expect, it } from 'vitest'
import { findOnPage, followPages } from '../find.ts'

const here = 'https://list.example/cars?page=2'
const entry = (n: number) =>
  `<li><a href="/cars/${n}"><img src="/photo-of-${n}.jpg" width="300"><h3>Car number ${n}</h3></a><p>Petrol, 2019, 84,000 km, one owner, full service history, winter tyres</p></li>`
const list = (from: number) => `<ul class="cars">${[0, 1, 2, 3].map((n) => entry(from + n)).join('')}</ul>`
const next = (html: string) => {
  const { next } = findOnPage({ html: list(1) + html, url: here })
  return next && [next.url.replace('https://list.example', ''), next.saidBy]
}

describe('the page after a page of a list', () => {
  it.each<readonly [string, string, string, string]>([
    ['in the head', '<link rel="next" href="?page=3">', '/cars?page=3', 'rel=next'],
    ['by rel', '<a rel="nofollow next" href="?page=3">&gt;</a>', '/cars?page=3', 'rel=next'],
    ['in words', '<a href="?page=3">Next</a>', '/cars?page=3', 'its text'],
    ['in Bulgarian', '<a href="?page=3"><span>Напред</span></a>', '/cars?page=3', 'its text'],
    ['in a label', '<a aria-label="Next page" href="?page=3"><svg></svg></a>', '/cars?page=3', 'its text'],
    ['in a class', '<a class="pager-next" href="?page=3"><i></i></a>', '/cars?page=3', 'its text'],
    [
      'by the number after the current one',
      '<div><a href="?page=1">1</a><span class="current">2</span><a href="?page=3">3</a><a href="?page=9">9</a></div>',
      '/cars?page=3',
      'its number',
    ],
    [
      'by numbers in a list',
      '<ul><li><a href="?page=1">1</a></li><li class=on><a aria-current=page href="?page=2">2</a></li><li><a href="?page=3">3</a></li></ul>',
      '/cars?page=3',
      'its number',
    ],
    [
      'by a pager of list items, each with its link',
      '<ul><li><a href="?page=1">1</a></li><li class="active"><a href="?page=2">2</a></li><li><a href="?page=3">3</a></li></ul>',
      '/cars?page=3',
      'its number',
    ],
    [
      'by a pager that follows other numbers',
      '<p><b>1</b><a href="?beds=2">2</a></p><p><b>2</b><a href="?page=3">3</a></p>',
      '/cars?page=3',
      'its number',
    ],
    ['with an arrow', '<a href="?page=3">Next »</a>', '/cars?page=3', 'its text'],
    ['by an arrow alone', '<a href="?page=3">»</a>', '/cars?page=3', 'its text'],
    [
      'as a blog does',
      '<div class="nav-previous"><a href="/older">← Older posts</a></div>',
      '/older',
      'its text',
    ],
    ['in the path', '<a href="/cars/page/3/">Next</a>', '/cars/page/3/', 'its text'],
    ['of a button', '<button data-next-url="/cars?page=3">Show more</button>', '/cars?page=3', 'load more'],
  ])('is told %s', (_, html, url, saidBy) => {
    expect(next(html)).toEqual([url, saidBy])
  })

  it.each([
    ['the page itself', '<a href="?page=2">Next</a>'],
    ['another host', '<a rel="next" href="https://other.example/">Next</a>'],
    ['a script', '<a href="javascript:next()">Next</a>'],
    ['a carousel', '<a class="carousel-next" href="/slide"><i></i></a>'],
    ['a step of the breadcrumbs', '<a href="/vehicles">»</a>'],
    ['the next slide of a banner', '<a class="next" href="/promo/2">❯</a>'],
    ['tomorrow', '<a class="next-day" href="/delivery">x</a>'],
    ['more of something else', '<a href="/brands">Show more brands</a>'],
    ['after the last', '<ul><li><a href="?page=1">1</a></li><li class="active"><span>2</span></li></ul>'],
    ['a number without a current one', '<div><a href="?page=3">3</a></div>'],
  ])('is not %s', (_, html) => {
    expect(next(html)).toBeNull()
  })

  it('is none for what is no list', () => {
    expect(findOnPage({ html: '<link rel="next" href="/2"><img src="/a.jpg">', url: here }).next).toBeNull()
  })
})

describe('following a list', () => {
  const site = (page: (number: number) => string) => async (url: string) => {
    const number = Number(new URL(url).searchParams.get('page') ?? 1)
    return Promise.resolve({ number, findings: findOnPage({ html: page(number), url }) })
  }
  const follow = async (page: (number: number) => string, most = 10) => {
    const pages: number[] = []
    let end: string | null = null
    const means = {
      most,
      read: site(page),
      findingsOf: ({ findings }: { findings: ReturnType<typeof findOnPage> }) => findings,
    }
    for await (const one of followPages('https://list.example/cars', means)) {
      pages.push(one.read.number)
      end = one.end
    }
    return { pages, end }
  }
  const link = (number: number) => `<a rel="next" href="/cars?page=${number}">Next</a>`

  it('ends with the last page', async () => {
    const page = (n: number) => list(10 * n) + (n < 3 ? link(n + 1) : '')
    expect(await follow(page)).toEqual({ pages: [1, 2, 3], end: 'last page' })
  })

  it('ends at the limit', async () => {
    expect(await follow((n) => list(10 * n) + link(n + 1), 2)).toEqual({ pages: [1, 2], end: 'limit' })
  })

  it('ends where pages lead in a circle', async () => {
    const page = (n: number) => list(10 * n) + link(n === 3 ? 2 : n + 1)
    expect(await follow(page)).toEqual({ pages: [1, 2, 3], end: 'page seen before' })
  })

  it('ends in a trap: pages without end, and nothing new on them', async () => {
    const page = (n: number) => list(Math.min(n, 2) * 10) + link(n + 1)
    expect(await follow(page)).toEqual({ pages: [1, 2, 3], end: 'nothing new' })
  })

  it('does not go beyond a page with nothing on it', async () => {
    const page = (n: number) => (n === 1 ? list(10) : '') + link(n + 1)
    expect(await follow(page)).toEqual({ pages: [1, 2], end: 'nothing new' })
  })
})

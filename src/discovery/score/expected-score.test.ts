import { describe, expect, it } from 'vitest'
import { findOnPage } from '../find-on-page.ts'

const url = 'https://shop.example/item/4711822'
const heading = '<title>Red steel anvil | Shop</title><h1>Red steel anvil</h1>'
const expected = (html: string) => findOnPage({ html: heading + html, url }).candidates[0]!.expected
/** Beside a better picture, so that none is first among equals. */
const plain = (html: string) => {
  const best =
    '<main class="gallery"><img src="/best.jpg" width="900" height="900" alt="Red steel anvil"></main>'
  return findOnPage({ html: heading + best + html, url }).candidates[1]!.expected
}

describe('the expected score', () => {
  it.each([
    ['a tracker', '<img src="/t" width="1" height="1">'],
    ["a tracker's address", '<img src="https://www.facebook.com/tr?id=1">'],
    ['an icon by size', '<img src="/x.png" width="16" height="16">'],
    ['a logo', '<img src="/shop-logo.png">'],
    ['a sprite', '<img src="/sprite.png">'],
    ['an avatar', '<img class="avatar" src="/u/7.jpg">'],
    ['a badge that is called one', '<img src="/trust-badge.png" alt="Trust badge">'],
    ['a payment badge', '<footer><img src="/visa.png"></footer>'],
    ['a picture in the header', '<header><img src="/x.jpg"></header>'],
    ['a placeholder', '<img src="/placeholder.png">'],
    ['a related item', '<div class="related-products"><a href="/item/2"><img src="/x.jpg"></a></div>'],
    ['decoration of a style sheet', '<style>p{background:url(/x.png)}</style>'],
  ])('is below 20 for %s, which is not hidden', (_, html) => {
    expect(plain(html).score).toBeLessThan(20)
  })

  it.each([
    ['in header (−25)', '<header><img src="/x.jpg"></header>'],
    ['among related items (−30)', '<div class="also-like"><img src="/x.jpg"></div>'],
    ['declared 1×1: tracker (−60)', '<img src="/t" width="1" height="1">'],
    ["alt names the page's title (+22)", '<img src="/x.jpg" alt="anvil, red, of steel">'],
    ["file name says the page's title (+12)", '<img src="/red-steel-anvil.jpg">'],
    ["address holds the page's number 4711822 (+14)", '<img src="/p/4711822_1.jpg">'],
    ['file name says logo (−35)', '<img src="/logo.jpg">'],
    ['in srcset up to 1600w (+6)', '<img src="/x.jpg" srcset="/y.jpg 1600w">'],
    ['declared 800×600 (+16)', '<img src="/x.jpg" width=800 height=600>'],
    ['links to another page (−15)', '<a href="/other"><img src="/x.jpg"></a>'],
    ['a larger version is named (+10)', '<a href="/x-big.jpg"><img src="/x.jpg"></a>'],
    ['in a gallery (+18)', '<div id="productGallery"><img src="/x.jpg"></div>'],
    ['in a folder called icons (−20)', '<img src="/icons/x.jpg">'],
    ['named primary image (+18)', '<img class="primary-image" src="/x.jpg">'],
    [
      "alt names the page's title (+22)",
      '<script>x={"name":"Red steel anvil","media":{"images":["/x.jpg"]}}</script>',
    ],
    ['known from state only (−15)', '<script>x="/x.jpg"</script>'],
  ])('says: %s', (reason, html) => {
    expect(plain(html).reasons).toContain(reason)
  })

  it('does not take a port for the page’s number', () => {
    const page = { html: '<img src="http://localhost:41001/x.jpg">', url: 'http://localhost:41001/page' }
    expect(findOnPage(page).candidates[0]!.expected.reasons.join()).not.toContain('41001')
  })

  it('explains a declaration by what declared it', () => {
    const { reasons } = expected('<meta property="og:image" content="/x.jpg">')
    expect(reasons).toContain('declared primary by og:image (+30)')
  })

  it('is the sum of its parts, within 0 and 100', () => {
    const { score, reasons } = plain('<main><img src="/x.jpg" alt="Red anvil" width=300 height=300></main>')
    const points = reasons.map((reason) => Number(/\(([+−]\d+)\)$/.exec(reason)![1]!.replace('−', '-')))
    expect(score).toBe(points.reduce((sum, one) => sum + one, 35))
    expect(plain('<footer><img src="/logo.svg" width=10 height=10></footer>').score).toBe(0)
  })

  it('still tells good pictures apart where points are plenty', () => {
    const best = '<img class="main image" src="/4711822.jpg" width=900 height=900 alt="Red steel anvil">'
    const good = '<img src="/4711822b.jpg" width=500 height=500 alt="Red steel anvil">'
    const html = `${heading}<div class="gallery">${good}${best}</div>`
    const scores = findOnPage({ html, url }).candidates.map((one) => one.expected.score)
    expect(scores[1]).toBeGreaterThan(scores[0]!)
    expect(scores[1]).toBeLessThanOrEqual(100)
  })

  it('does not hold a link to the page’s own photographs against a picture', () => {
    const links = ['/other/item', '/item/4711822/photos', '/photos?item=4711822']
    const reasons = links.map((href) => plain(`<a href="${href}"><img src="/x.jpg"></a>`).reasons.join())
    expect(reasons.map((one) => one.includes('links to another page'))).toEqual([true, false, false])
  })

  it("prefers the page's own order among equals", () => {
    const html =
      heading + [1, 2, 3].map((n) => `<img class=gallery src=/p${n}.jpg alt="Red steel anvil">`).join('')
    const [first, second, third] = findOnPage({ html, url }).candidates.map((one) => one.expected.score)
    expect(first).toBeGreaterThan(second!)
    expect(second).toBe(third)
  })

  it('says what a picture may show', () => {
    const kind = (html: string) => expected(html).kind
    expect(kind('<main class=gallery><img src=/x.jpg width=900 height=900></main>')).toBe('product')
    expect(kind('<main class=gallery><img src=/lifestyle-1.jpg width=900 height=900></main>')).toBe(
      'lifestyle',
    )
    expect(kind('<header><img src=/logo.png></header>')).toBe('graphic')
    expect(kind('<aside><img src=/x.jpg></aside>')).toBe('other')
  })
})

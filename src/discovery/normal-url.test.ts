import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalUrl } from './normal-url.ts'

describe('normalUrl', () => {
  it.each([
    ['HTTPS://Shop.Example:443/a/../b.jpg#top', 'https://shop.example/b.jpg'],
    ['http://shop.example:80', 'http://shop.example/'],
    ['https://shop.example/%7ea%2fb%e4', 'https://shop.example/~a%2Fb%E4'],
    ['https://shop.example/a.jpg?', 'https://shop.example/a.jpg'],
    ['https://shop.example/a.jpg?utm_source=x&w=2&utm_medium=y&a=1', 'https://shop.example/a.jpg?w=2&a=1'],
    ['https://shop.example/a.jpg?gclid=1', 'https://shop.example/a.jpg'],
    ['https://shop.example/a.jpg?b&a=&a=1', 'https://shop.example/a.jpg?b&a=&a=1'],
    ['https://shop.example/a.jpg?q=100%', 'https://shop.example/a.jpg?q=100%25'],
    ['https://shop.example/%%34%31', 'https://shop.example/%2541'],
  ])('spells %s as %s', (url, normal) => {
    expect(normalUrl(url)).toBe(normal)
  })

  it('gives back what is no http(s) URL', () => {
    expect(normalUrl('data:,x#y')).toBe('data:,x#y')
    expect(normalUrl('no url')).toBe('no url')
  })

  const part = fc.stringMatching(/^[\w%.~!$'()*+,;:@|^ äé\\-]{0,12}$/)
  const anyUrl = fc
    .tuple(
      fc.constantFrom('http', 'HTTPS'),
      fc.array(part, { maxLength: 5 }),
      fc.array(part, { maxLength: 4 }),
      part,
    )
    .map(
      ([scheme, path, query, hash]) =>
        `${scheme}://Shop.Example/${path.join('/')}?${query.join('&')}#${hash}`,
    )

  it('is its own normal form', () => {
    fc.assert(fc.property(anyUrl, (url) => normalUrl(normalUrl(url)) === normalUrl(url)))
  })

  it('names the same document as before', () => {
    const readable = (text: string) =>
      decodeURIComponent(
        text
          .replace(/%(?![0-9a-f]{2})/gi, '%25')
          .replace(/%[89a-f][0-9a-f]/gi, (one) => one.toUpperCase().replace('%', '%25')),
      )
    fc.assert(
      fc.property(anyUrl, (url) => {
        const [before, after] = [new URL(url), new URL(normalUrl(url))]
        expect(after.host).toBe(before.host)
        expect(readable(after.pathname)).toBe(readable(before.pathname))
        expect(readable(after.search)).toBe(readable(before.search))
      }),
    )
  })
})

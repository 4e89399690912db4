import { describe, expect, it } from 'vitest'
import type { MagpieError } from '../errors.ts'
import { checkedUrl, isPrivateName, shown } from './checked-url.ts'

const rules = { maxLength: 200, isListed: () => false }
const codeOf = (text: string, isListed = false) => {
  try {
    checkedUrl(text, { ...rules, isListed: () => isListed })
    return 'fine'
  } catch (thrown) {
    return (thrown as MagpieError).code
  }
}

describe('a URL that may be asked for', () => {
  it.each([
    ['https://example.com/a.jpg', 'fine'],
    ['HTTP://EXAMPLE.COM:8080/', 'fine'],
    ['https://example.com/a?x=@b', 'fine'],
    ['https://bücher.example.com/', 'fine'],
    ['ftp://example.com/', 'url_invalid'],
    ['file:///etc/passwd', 'url_invalid'],
    ['//example.com/', 'url_invalid'],
    ['http:example.com', 'url_invalid'],
    ['https://user:secret@example.com/', 'url_invalid'],
    ['https://@example.com/', 'url_invalid'],
    ['https://exa mple.com/', 'url_invalid'],
    ['https://example.com/a\tb', 'url_invalid'],
    ['https://example.com\\@127.0.0.1/', 'url_invalid'],
    ['https://example.com:25/', 'url_invalid'],
    ['https://example.com:0/', 'url_invalid'],
    ['https://xn--/', 'url_invalid'],
    [`https://example.com/${'a'.repeat(200)}`, 'url_invalid'],
    ['http://localhost/', 'address_private'],
    ['http://a.LOCALHOST./', 'address_private'],
    ['http://nas/', 'address_private'],
    ['http://metadata.google.internal/', 'address_private'],
  ])('%s: %s', (text, expected) => {
    expect(codeOf(text)).toBe(expected)
  })

  it('may have a private name or an odd port if the operator listed it', () => {
    expect(codeOf('http://nas:6000/', true)).toBe('fine')
    expect(codeOf('http://u:p@nas/', true)).toBe('url_invalid')
  })

  it('names the setting when it is too long', () => {
    expect(() => checkedUrl(`https://example.com/${'a'.repeat(200)}`, rules)).toThrow(
      expect.objectContaining({ details: { setting: 'FETCH_MAX_URL_LENGTH', measured: 220 } }),
    )
  })

  it('is never shown with credentials, nor at full length', () => {
    expect(shown(new URL('https://user:secret@example.com/a?b=c#d'))).toBe('https://example.com/a?b=c')
    expect(shown(`https://example.com/?size=${'a'.repeat(300)}`)).toHaveLength(160)
    expect(
      shown('https://s3.example.com/a.jpg?X-Amz-Credential=AKIA&X-Amz-Date=2026&X-Amz-Signature=beef'),
    ).toBe('https://s3.example.com/a.jpg?X-Amz-Credential=…&X-Amz-Date=2026&X-Amz-Signature=…')
    expect(shown('https://example.com/a.jpg?w=800&access_token=s%26x&sig=1&apiKey=2&token=')).toBe(
      'https://example.com/a.jpg?w=800&access_token=…&sig=…&apiKey=…&token=',
    )
    expect(shown('no\nURL')).toBe('"no?URL"')
  })
})

it('knows the names that mean something only inside a network', () => {
  expect(
    ['db', 'x.local', 'printer.home.arpa', 'a.onion', 'consul.service.consul'].filter(isPrivateName),
  ).toHaveLength(5)
  expect(['example.com', 'localhost.example.com', 'internal.example.org.'].filter(isPrivateName)).toEqual([])
})

import { describe, expect, it } from 'vitest'
import { sharedSample } from '../../../test/shared-data.ts'
import { robotsRules } from './robots-rules.ts'

const allows = (robots: string, url: string, token = 'Magpie') => {
  const path =
    url === '' ? '/' : new URL(url, 'http://a.example').pathname + new URL(url, 'http://a.example').search
  return robotsRules(robots, token).allows(path)
}

describe('robots.txt', () => {
  it.each([
    ['names us', 'User-agent: magpie\nDisallow: /a', '/a', false],
    ['names us with a version', 'User-agent: Magpie/1.0\nDisallow: /a', '/a', false],
    ['names another', 'User-agent: Magpies\nDisallow: /a', '/a', true],
    ['prefers our group to *', 'User-agent: *\nDisallow: /\nUser-agent: Magpie\nDisallow:', '/a', true],
    [
      'merges our groups',
      'User-agent: Magpie\nDisallow: /a\nUser-agent: x\nDisallow: /\nUser-agent: magpie\nDisallow: /b',
      '/b',
      false,
    ],
    ['has rules before any agent', 'Disallow: /\nUser-agent: *\nAllow: /', '/a', true],
    ['has a byte order mark and CR line ends', '\ufeffUser-agent: *\rDisallow: /a', '/a', false],
    ['has comments', 'User-agent: * # all\nDisallow: /a # not here', '/a', false],
    ['is about itself', 'User-agent: *\nDisallow: /', '/robots.txt', true],
    ['decodes what need not be encoded', 'User-agent: *\nDisallow: /%7Ejoe', '/~joe', false],
    ['keeps reserved octets apart', 'User-agent: *\nDisallow: /a%2Fb', '/a/b', true],
    ['compares hexadecimal digits without case', 'User-agent: *\nDisallow: /a%2fb', '/a%2Fb', false],
    ['means a star by %2A', 'User-agent: *\nDisallow: /a-%2A.html', '/a-*.html', false],
    ['has a dollar in the middle', 'User-agent: *\nDisallow: /a$b', '/a$b', false],
    ['ends in a dollar', 'User-agent: *\nDisallow: /*.gif$', '/x.gif?y', true],
    ['looks at the query', 'User-agent: *\nDisallow: /*?sort=', '/list?sort=1', false],
    ['is a web page', '<!doctype html><html><body>Not found</body></html>', '/a', true],
  ])('that %s', (_what, robots, url, expected) => {
    expect(allows(robots, url)).toBe(expected)
  })

  it('tells its Crawl-delay to those it names, which does not end a group', () => {
    const text = 'User-agent: a\nCrawl-delay: 2.5\nUser-agent: Magpie\nCrawl-delay: 4\nDisallow: /x'
    expect(robotsRules(text, 'a').crawlDelayMs).toBe(4000)
    expect(robotsRules(text, 'Magpie').crawlDelayMs).toBe(4000)
    expect(robotsRules(text, 'other').crawlDelayMs).toBeNull()
    expect(robotsRules('User-agent: *\nCrawl-delay: soon', 'a').crawlDelayMs).toBeNull()
  })

  it('takes no longer for patterns made to be slow', () => {
    const robots = `User-agent: *\nDisallow: /${'*a'.repeat(20_000)}*b$\n`
    const since = performance.now()
    expect(allows(robots, `/${'a'.repeat(8000)}`)).toBe(true)
    expect(performance.now() - since).toBeLessThan(1000)
  })
})

interface Case {
  readonly test: string
  readonly robots: string
  readonly agent: string
  readonly url: string
  readonly allowed: boolean
  readonly extension: boolean
}

const sample = sharedSample<{ readonly cases: readonly Case[] }>('http/robots-cases.json')

describe.skipIf(!sample)('the cases of Google’s parser', () => {
  const cases = sample?.cases ?? []
  const differing = cases.filter(({ robots, url, agent, allowed }) => allows(robots, url, agent) !== allowed)

  it('are decided alike, but for Google’s extensions and where RFC 9309 compares octets otherwise', () => {
    // §2.2.2: the path to match is percent-encoded outside ASCII and decoded where unreserved, on both sides; Google
    // leaves the first to its caller and does not do the second.
    const rfc = differing.filter(({ extension }) => !extension)
    expect(rfc.map(({ test }) => test)).toEqual(['ID_Encoding', 'ID_Encoding', 'ID_Encoding'])
    expect(rfc.map(({ url }) => url)).toEqual([
      'http://foo.bar/foo/bar/ツ',
      'http://foo.bar/foo/bar/ツ',
      'http://foo.bar/foo/bar/baz',
    ])
    expect(cases).toHaveLength(142)
  })

  it('have extensions that are not followed: no colon, agents cut at a space, index.html for its folder', () => {
    const extensions = differing.filter(({ extension }) => extension)
    expect(new Set(extensions.map(({ test }) => test))).toEqual(
      new Set([
        'ID_LineSyntax_Line',
        'ID_UserAgentValueCaseInsensitive',
        'GoogleOnly_AcceptUserAgentUpToFirstSpace',
        'GoogleOnly_IndexHTMLisDirectory',
      ]),
    )
  })
})

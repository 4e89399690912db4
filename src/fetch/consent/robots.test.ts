import { describe, expect, it } from 'vitest'
import { MagpieError } from '../../errors.ts'
import { anyPolicy, errorOf, fetcherFor, never, picture, site } from '../local-server.suite.ts'
import { openRobots } from './robots.ts'

const respect = { ...anyPolicy, robots: 'respect' } as const
const png = (url: string, fetcher: ReturnType<typeof fetcherFor>, policy = respect) =>
  fetcher.under(policy).image(url, null, never)

describe('robots.txt on the way to a picture', () => {
  it('is asked for once for each site, without the source’s headers, and obeyed', async () => {
    const { origin, host, asked } = await site((request, response) =>
      response.end(request.url === '/robots.txt' ? 'User-agent: magpie\nDisallow: /private' : picture),
    )
    const fetcher = fetcherFor([host])
    const policy = { ...respect, headers: { authorization: 'Bearer secret' } }
    await Promise.all([1, 2, 3].map((n) => png(`${origin}/${n}`, fetcher, policy)))
    const error = await errorOf(png(`${origin}/private/x`, fetcher, policy))
    expect(error.code).toBe('robots_disallowed')
    const robots = asked.filter(({ url }) => url === '/robots.txt')
    expect(robots.map(({ headers }) => headers.authorization)).toEqual([undefined])
    expect(asked.map(({ url }) => url).toSorted()).toEqual(['/1', '/2', '/3', '/robots.txt'])
  })

  it('of the site that a redirect leads to counts as well', async () => {
    const cdn = await site((request, response) =>
      response.end(request.url === '/robots.txt' ? 'User-agent: *\nDisallow: /' : picture),
    )
    const shop = await site((request, response) =>
      request.url === '/robots.txt'
        ? response.writeHead(404).end()
        : response.writeHead(302, { location: `${cdn.origin}/x` }).end(),
    )
    const fetcher = fetcherFor([shop.host, cdn.host])
    expect((await errorOf(png(`${shop.origin}/a`, fetcher))).code).toBe('robots_disallowed')
    expect(cdn.asked.map(({ url }) => url)).toEqual(['/robots.txt'])
  })

  it('is not asked for where the policy says so', async () => {
    const { origin, host, asked } = await site((_request, response) => response.end(picture))
    await png(`${origin}/a`, fetcherFor([host]), anyPolicy as never)
    expect(asked.map(({ url }) => url)).toEqual(['/a'])
  })

  it.each([
    [404, true],
    [401, true],
    [403, true],
    [410, true],
    [204, true],
    [500, false],
    [503, false],
    [408, false],
    [429, false],
  ])('that answers %i lets us pass: %s', async (status, passes) => {
    const { origin, host } = await site((request, response) =>
      request.url === '/robots.txt' ? response.writeHead(status).end() : response.end(picture),
    )
    const outcome = png(`${origin}/a`, fetcherFor([host]))
    if (passes) return void expect((await outcome)?.bytes).toHaveLength(picture.length)
    const error = await errorOf(outcome)
    expect(error.code).toBe('robots_unavailable')
    expect(error.retry).toBe(true)
  })

  it('is followed over five redirects, and passes for missing after more', async () => {
    const sites = (hops: number) =>
      site((request, response) => {
        const step = Number(/^\/hop(\d+)/.exec(request.url ?? '')?.[1] ?? 0)
        if (request.url === '/a') response.end(picture)
        else if (step < hops) response.writeHead(301, { location: `/hop${step + 1}` }).end()
        else response.end('User-agent: *\nDisallow: /')
      })
    const five = await sites(5)
    const six = await sites(6)
    const fetcher = fetcherFor([five.host, six.host])
    expect((await errorOf(png(`${five.origin}/a`, fetcher))).code).toBe('robots_disallowed')
    expect((await png(`${six.origin}/a`, fetcher))?.bytes).toHaveLength(picture.length)
  })

  it('is read for its first 500 KiB', async () => {
    const { origin, host } = await site((request, response) =>
      response.end(
        request.url === '/robots.txt' ? `User-agent: *\nDisallow: /a\n${'#'.repeat(2_000_000)}` : picture,
      ),
    )
    const fetcher = fetcherFor([host])
    expect((await errorOf(png(`${origin}/a`, fetcher))).code).toBe('robots_disallowed')
    expect((await png(`${origin}/b`, fetcher))?.bytes).toHaveLength(picture.length)
  })

  it('sets the pace by its Crawl-delay', async () => {
    const { origin, host } = await site((request, response) =>
      response.end(request.url === '/robots.txt' ? 'User-agent: *\nCrawl-delay: 0.15' : picture),
    )
    const fetcher = fetcherFor([host])
    const since = performance.now()
    await png(`${origin}/a`, fetcher)
    await png(`${origin}/b`, fetcher)
    expect(performance.now() - since).toBeGreaterThanOrEqual(295)
  })
})

describe('what is remembered of robots.txt', () => {
  const url = new URL('https://example.com/a')
  const down = () => Promise.reject(new Error('down'))

  it('is asked again after a day, and the old rules serve while the site is down', async () => {
    let now = 0
    let asked = 0
    const robots = openRobots({ token: 'Magpie', now: () => now })
    const load = async () => (asked++, 'User-agent: *\nDisallow: /b')
    await robots.check(url, load, never)
    now = 86_400_000
    await robots.check(url, load, never)
    expect(asked).toBe(1)
    now += 1
    await robots.check(url, down, never)
    const forbidden = robots.check(new URL('https://example.com/b'), down, never)
    expect((await errorOf(forbidden)).code).toBe('robots_disallowed')
  })

  it('includes failures, for twice as long with every one, up to five minutes, and says so', async () => {
    let now = 0
    let asked = 0
    const robots = openRobots({ token: 'Magpie', now: () => now })
    const failing = () => (asked++, down())
    const waits: (number | undefined)[] = []
    for (let n = 0; n < 11; n++) {
      const { code, details } = await errorOf(robots.check(url, failing, never))
      expect(code).toBe('robots_unavailable')
      await errorOf(robots.check(url, failing, never))
      waits.push(details.retryAfterMs)
      now += details.retryAfterMs! + 1
    }
    expect(waits.map((ms) => ms! / 1000)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300])
    expect(asked).toBe(11)
    expect(await robots.check(url, async () => '', never)).toBe(0)
  })

  it('includes failures for as long as the site asks', async () => {
    const robots = openRobots({ token: 'Magpie', now: () => 0 })
    const busy = () => Promise.reject(new MagpieError('source_busy', 'later', { retryAfterMs: 600_000 }))
    expect((await errorOf(robots.check(url, busy, never))).details.retryAfterMs).toBe(600_000)
  })

  it.each(['host_busy', 'host_paused'] as const)(
    'includes nothing of a turn that could not be had: %s',
    async (code) => {
      const robots = openRobots({ token: 'Magpie', now: () => 0 })
      const refused = () => Promise.reject(new MagpieError(code, 'later', { retryAfterMs: 70 }))
      expect(await errorOf(robots.check(url, refused, never))).toMatchObject({
        code,
        details: { retryAfterMs: 70 },
      })
      expect(await robots.check(url, async () => '', never)).toBe(0)
    },
  )

  it('is dropped for the site asked about longest ago', async () => {
    const asked: string[] = []
    const robots = openRobots({ token: 'Magpie', maxSites: 2 })
    const check = (host: string) =>
      robots.check(new URL(`https://${host}/`), async (at) => (asked.push(at.host), ''), never)
    for (const host of ['a', 'b', 'a', 'c', 'a', 'b']) await check(host)
    expect(asked).toEqual(['a', 'b', 'c', 'b'])
  })

  it('is waited for no longer than the caller wants, while others still get it', async () => {
    const robots = openRobots({ token: 'Magpie' })
    const { promise, resolve } = Promise.withResolvers<string>()
    const patient = robots.check(url, () => promise, never)
    await expect(robots.check(url, () => promise, AbortSignal.timeout(10))).rejects.toThrow(/timeout/)
    resolve('')
    expect(await patient).toBe(0)
  })
})

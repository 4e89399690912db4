import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { hostsInProcess } from '../hosts/open-hosts.ts'
import { openLog } from '../log.ts'
import { readSettings } from '../settings.ts'
import { fetchSettings } from './fetch-settings.ts'
import { noSignals } from './fetcher.ts'
import { anyPolicy, errorOf, fetcherFor, never, picture, rawSite, site } from './local-server.suite.ts'
import { openFetcher } from './open-fetcher.ts'
import { productToken, userAgent } from './request-headers.ts'

const ourName = fetchSettings.FETCH_USER_AGENT.byDefault

describe('a picture', () => {
  it('comes with its bytes, where it came from, its claimed type and its validators as they were sent', async () => {
    const etag = 'W/"\xe9 odd"'
    const { origin, host } = await site((request, response) => {
      if (request.url === '/a.gif') return response.writeHead(302, { location: '/b%20c.gif#x' }).end()
      response.writeHead(200, {
        etag,
        'last-modified': 'Mon, 1 Jan 2024 0:00',
        'content-type': 'Image/GIF; q=1',
      })
      response.end(picture)
    })
    const fetched = await fetcherFor([host]).under(anyPolicy).image(`${origin}/a.gif#top`, null, never)
    expect(fetched).toEqual({
      url: `${origin}/b%20c.gif`,
      bytes: picture,
      mediaType: 'image/gif',
      validators: { etag, lastModified: 'Mon, 1 Jan 2024 0:00' },
      signals: noSignals,
    })
  })

  it('is asked for by our name, in the formats we read, uncompressed', async () => {
    const { origin, host, asked } = await site((_request, response) => response.end(picture))
    await fetcherFor([host], { FETCH_CONTACT: 'https://example.com/bot' })
      .under(anyPolicy)
      .image(origin, null, never)
    expect(asked[0]?.headers).toMatchObject({
      'user-agent': `${ourName} (+https://example.com/bot)`,
      accept: 'image/jpeg,image/png,image/webp,image/avif,image/*;q=0.8,*/*;q=0.1',
      'accept-encoding': 'identity',
      host,
    })
  })

  it.each([
    ['<!doctype html><h1>404</h1>', 'image/jpeg'],
    ['{"error":"no"}', 'image/png'],
  ])('is not %s, whatever its type says', async (body, type) => {
    const { origin, host } = await site((_request, response) =>
      response.writeHead(200, { 'content-type': type }).end(body),
    )
    const error = await errorOf(fetcherFor([host]).under(anyPolicy).image(origin, null, never))
    expect(error.code).toBe('not_an_image')
  })

  it('that is empty is none', async () => {
    const { origin, host } = await site((_request, response) => response.end())
    const error = await errorOf(fetcherFor([host]).under(anyPolicy).image(origin, null, never))
    expect(error.code).toBe('body_empty')
  })
})

describe('a page', () => {
  it.each([
    ['text/html; charset=windows-1251', '\xcf\xf0\xe8\xe2\xe5\xf2', 'Привет'],
    ['application/xhtml+xml', '<p>x', '<p>x'],
    ['', '<!doctype html>x', '<!doctype html>x'],
    ['text/plain', '<html>x', '<html>x'],
  ])('comes as text when it is declared as %s and begins %j', async (type, body, html) => {
    const { origin, host, asked } = await site((_request, response) =>
      response.writeHead(200, type ? { 'content-type': type } : {}).end(Buffer.from(body, 'latin1')),
    )
    const page = await fetcherFor([host]).under(anyPolicy).page(origin, null, never)
    expect(page).toEqual({ url: `${origin}/`, html, validators: {}, signals: noSignals })
    expect(asked[0]?.headers['accept-encoding']).toMatch(/^gzip, br/)
  })

  it.each([
    ['application/json', '{}'],
    ['image/gif', picture],
    ['text/html', picture],
    ['application/rss+xml', '<rss>'],
  ])('is not what is declared as %s and is not HTML', async (type, body) => {
    const { origin, host } = await site((_request, response) =>
      response.writeHead(200, { 'content-type': type }).end(body),
    )
    const error = await errorOf(fetcherFor([host]).under(anyPolicy).page(origin, null, never))
    expect(error.code).toBe('not_html')
  })
})

describe('what is known already', () => {
  const known = { etag: '"v1"', lastModified: 'Mon, 01 Jan 2024 00:00:00 GMT' }

  it('is sent back exactly, over redirects too, and 304 is null', async () => {
    const { origin, host, asked } = await site((request, response) =>
      request.url === '/a'
        ? response.writeHead(301, { location: '/b' }).end()
        : response.writeHead(304, { etag: '"v1"' }).end(),
    )
    const fetcher = fetcherFor([host]).under(anyPolicy)
    expect(await fetcher.image(`${origin}/a`, known, never)).toBeNull()
    expect(await fetcher.page(`${origin}/b`, { etag: '"v1"' }, never)).toBeNull()
    expect(asked.map(({ headers }) => [headers['if-none-match'], headers['if-modified-since']])).toEqual([
      [known.etag, known.lastModified],
      [known.etag, known.lastModified],
      [known.etag, undefined],
    ])
  })

  it('was not asked about, and then 304 is no answer', async () => {
    const { origin, host } = await site((_request, response) => response.writeHead(304).end())
    const fetcher = fetcherFor([host]).under(anyPolicy)
    expect((await errorOf(fetcher.image(origin, null, never))).code).toBe('response_invalid')
    expect((await errorOf(fetcher.image(origin, {}, never))).code).toBe('response_invalid')
  })
})

describe('the policy’s headers', () => {
  const policy = { ...anyPolicy, headers: { Authorization: 'Bearer secret', 'User-Agent': 'Wanted/1' } }

  it('go to the source, and never to where it redirects, not even on the way back', async () => {
    const other = await site((_request, response) =>
      response.writeHead(302, { location: `${home.origin}/end` }).end(),
    )
    const home = await site((request, response) => {
      if (request.url === '/end') return response.end(picture)
      response.writeHead(302, { location: request.url === '/a' ? '/b' : other.origin }).end()
    })
    await fetcherFor([home.host, other.host]).under(policy).image(`${home.origin}/a`, null, never)
    const sent = (asked: typeof home.asked) =>
      asked.map(({ headers }) => [headers.authorization, headers['user-agent']])
    expect(sent(home.asked)).toEqual([
      ['Bearer secret', 'Wanted/1'],
      ['Bearer secret', 'Wanted/1'],
      [undefined, ourName],
    ])
    expect(sent(other.asked)).toEqual([[undefined, ourName]])
  })

  it.each([
    ['host', 'other.example'],
    ['content-length', '5'],
    ['x-a', 'b\r\nx-c: d'],
    ['bad name', 'x'],
    ['accept-encoding', 'gzip, compress'],
  ])('cannot be "%s"', async (name, value) => {
    const { origin, host, asked } = await site((_request, response) => response.end(picture))
    const fetcher = fetcherFor([host]).under({ ...anyPolicy, headers: { [name]: value } })
    expect((await errorOf(fetcher.image(origin, null, never))).code).toBe('input_invalid')
    expect(asked).toHaveLength(0)
  })

  it('may say that a source’s answers can be compressed', async () => {
    const { origin, host, asked } = await site((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(picture)),
    )
    const headers = { 'Accept-Encoding': 'gzip' }
    const fetched = await fetcherFor([host])
      .under({ ...anyPolicy, headers })
      .image(origin, null, never)
    expect(asked[0]?.headers['accept-encoding']).toBe('gzip')
    expect(fetched?.bytes).toEqual(picture)
  })
})

describe('what a host is told to be left alone by', () => {
  it('binds the next request to it, whatever that is for', async () => {
    const { origin, host, asked } = await site((_request, response) =>
      response.writeHead(503, { 'retry-after': '3600' }).end(),
    )
    const fetcher = fetcherFor([host]).under(anyPolicy)
    expect((await errorOf(fetcher.image(`${origin}/a`, null, never))).code).toBe('source_busy')
    const error = await errorOf(fetcher.page(`${origin}/b`, null, never))
    expect(error.code).toBe('host_paused')
    expect(error.details.retryAfterMs).toBeGreaterThan(3_590_000)
    expect(asked).toHaveLength(1)
  })

  it('is not the window that a vendor tells of with a 404', async () => {
    const { origin, host } = await site((_request, response) =>
      response.writeHead(404, { 'ratelimit-reset': '3600' }).end(),
    )
    const fetcher = fetcherFor([host]).under(anyPolicy)
    for (const path of ['/a', '/b'])
      expect((await errorOf(fetcher.image(origin + path, null, never))).code).toBe('source_not_found')
  })

  it('is also that it refuses one address after the other', async () => {
    const { origin, host, asked } = await site((request) => request.socket.destroy())
    const hosts = hostsInProcess()
    const fetcher = fetcherFor([host], {}, { turns: hosts }).under(anyPolicy)
    for (let n = 0; n < 5; n++) await errorOf(fetcher.image(`${origin}/${n}`, null, never))
    const waits = fetcher.image(`${origin}/5`, null, AbortSignal.timeout(50))
    await expect(waits).rejects.toThrow(/timeout/)
    expect(await hosts.states()).toMatchObject([{ host, reason: 'connection_lost' }])
    expect(asked).toHaveLength(5)
  })
})

describe('redirects', () => {
  const to = async (location: string | string[] | null) => {
    const { origin, host } = await rawSite((socket) => {
      const lines = [location ?? []].flat().map((one) => `Location: ${one}\r\n`)
      socket.end(Buffer.from(`HTTP/1.1 302 F\r\n${lines.join('')}Content-Length: 0\r\n\r\n`))
    })
    return errorOf(fetcherFor([host]).under(anyPolicy).image(origin, null, never))
  }

  it.each<[string, string | string[] | null, string]>([
    ['nowhere', null, 'redirect_invalid'],
    ['to an empty place', '', 'redirect_invalid'],
    ['to two places', ['/a', '/b'], 'redirect_invalid'],
    ['to a file', 'file:///etc/passwd', 'redirect_invalid'],
    ['to data', 'data:image/png;base64,AAAA', 'redirect_invalid'],
    ['with credentials', 'http://u:p@example.com/', 'redirect_invalid'],
    ['through a tab', 'ht\ttp://example.com/', 'redirect_invalid'],
    ['through a backslash', 'http://example.com\\@127.0.0.1/', 'redirect_invalid'],
    ['to a URL that is too long', `/${'a'.repeat(9000)}`, 'redirect_invalid'],
    ['to what is larger than headers may be', `/${'a'.repeat(40_000)}`, 'response_invalid'],
    ['to this machine', 'http://localhost:9999/', 'address_private'],
    ['to this machine by number', 'http://2130706433:9999/', 'address_private'],
    ['to this machine in IPv6', 'http://[::ffff:7f00:1]/', 'address_private'],
    ['to the cloud’s metadata', 'http://169.254.169.254/latest/', 'address_private'],
  ])('%s are %s', async (_what, location, code) => {
    expect((await to(location)).code).toBe(code)
  })

  it('are followed as often as FETCH_MAX_REDIRECTS says, and no more', async () => {
    const { origin, host } = await site((request, response) => {
      const left = Number(request.url?.slice(1))
      if (left === 0) return response.end(picture)
      response.writeHead(307, { location: `/${left - 1}` }).end('x'.repeat(100_000))
    })
    const fetcher = fetcherFor([host], { FETCH_MAX_REDIRECTS: '2' }).under(anyPolicy)
    expect((await fetcher.image(`${origin}/2`, null, never))?.url).toBe(`${origin}/0`)
    const error = await errorOf(fetcher.image(`${origin}/3`, null, never))
    expect(error).toMatchObject({ code: 'redirects_exceeded', details: { setting: 'FETCH_MAX_REDIRECTS' } })
  })

  it('may be written in raw UTF-8', async () => {
    const { origin, host, asked } = await site((request, response) =>
      request.url === '/a'
        ? response.writeHead(302, { location: Buffer.from('/größe.gif').toString('latin1') }).end()
        : response.end(picture),
    )
    await fetcherFor([host]).under(anyPolicy).image(`${origin}/a`, null, never)
    expect(asked[1]?.url).toBe('/gr%C3%B6%C3%9Fe.gif')
  })
})

describe('the private network', () => {
  const resolve = async (hostname: string) => [
    { address: hostname.startsWith('two') ? '10.9.9.9' : '127.0.0.1', family: 4 },
    ...(hostname.startsWith('two') ? [{ address: '127.0.0.1', family: 4 }] : []),
  ]

  it('cannot be reached by address, by name, or at another port than the allowed one', async () => {
    const { origin, asked } = await site((_request, response) => response.end(picture))
    const { port } = new URL(origin)
    const closed = fetcherFor(['127.0.0.1:1'], {}, { resolve }).under(anyPolicy)
    for (const url of [
      origin,
      `http://shop.example.com:${port}/`,
      `http://[::1]:${port}/`,
      `http://0:${port}/`,
    ]) {
      const error = await errorOf(closed.image(url, null, never))
      expect(error.code).toBe('address_private')
      expect(error.remedy).toMatch(/--allow-private/)
    }
    expect(asked).toHaveLength(0)
  })

  it('can be reached where it is allowed, by the addresses that are', async () => {
    const { origin, host, asked } = await site((_request, response) => response.end(picture))
    const { port } = new URL(origin)
    const open = fetcherFor([host], {}, { resolve }).under(anyPolicy)
    for (const name of ['shop.example.com', 'two.example.com'])
      await open.image(`http://${name}:${port}/`, null, never)
    expect(asked.map(({ headers }) => headers.host)).toEqual([
      `shop.example.com:${port}`,
      `two.example.com:${port}`,
    ])
  })
})

describe('our name', () => {
  it('carries the version of the package', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string
    }
    expect(fetchSettings.FETCH_USER_AGENT.byDefault).toBe(`Magpie/${version}`)
    expect(userAgent('Acme/2', 'mailto:a@b.example')).toBe('Acme/2 (+mailto:a@b.example)')
  })

  it('is known to robots.txt by its first word', () => {
    expect(productToken('Magpie/0.1.0 (+mailto:a@b.example)')).toBe('Magpie')
    expect(productToken('Acme-Bot')).toBe('Acme-Bot')
  })

  it.each([
    [{}, 1],
    [{ FETCH_CONTACT: 'mailto:a@b.example' }, 0],
  ])('with %j is warned about so many times: %i', async (settings, times) => {
    const { origin, host } = await site((_request, response) => response.end(picture))
    const said: string[] = []
    const log = openLog({ LOG_LEVEL: 'warn' }, { write: (line) => void said.push(line) })
    const environment = { FETCH_ALLOW_PRIVATE: host, ...settings }
    const fetcher = openFetcher(readSettings(fetchSettings, environment), log, {
      turns: hostsInProcess(),
    })
    for (const path of ['/a', '/b']) await fetcher.under(anyPolicy).image(origin + path, null, never)
    await fetcher.close()
    expect(said.filter((line) => line.includes('FETCH_CONTACT'))).toHaveLength(times)
  })
})

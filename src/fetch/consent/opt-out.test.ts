import { describe, expect, it } from 'vitest'
import { anyPolicy, errorOf, fetcherFor, never, picture, site } from '../local-server.suite.ts'

const heeding = { ...anyPolicy, optOut: 'respect' } as const
const file = '/.well-known/tdmrep.json'

/** A site whose files have these headers and this text, and whose tdmrep.json is as given, or missing. */
const saying = ({
  headers = {},
  body = picture,
  tdmrep,
}: {
  headers?: Record<string, string>
  body?: string | Buffer
  tdmrep?: unknown
}) =>
  site((request, response) => {
    if (request.url === file && tdmrep === undefined) response.writeHead(404).end()
    else if (request.url === file) response.end(JSON.stringify(tdmrep))
    else
      response
        .writeHead(200, { ...headers, ...(typeof body === 'string' && { 'content-type': 'text/html' }) })
        .end(body)
  })

const reserved = (location: string) => [
  { location, 'tdm-reservation': 1, 'tdm-policy': 'https://provider.example/terms' },
]

describe('a picture whose source opts out', () => {
  it.each([
    [{ 'x-robots-tag': 'noindex, noimageai' }, 'noimageai'],
    [{ 'x-robots-tag': 'magpie: noindex' }, 'magpie: noindex'],
    [{ 'tdm-reservation': '1' }, 'tdm-reservation: 1'],
  ])('by %j is not taken', async (headers, said) => {
    const { origin, host } = await saying({ headers })
    const error = await errorOf(fetcherFor([host]).under(heeding).image(`${origin}/a`, null, never))
    expect(error).toMatchObject({ code: 'source_opted_out', retry: false, details: { measured: said } })
    expect(error.message).toContain(`${origin}/a says "${said}"`)
  })

  it('costs no more than its headers', async () => {
    // No body ever comes: whoever waited for it would wait until the time is up.
    const left = Promise.withResolvers<void>()
    const { origin, host } = await site((request, response) => {
      if (request.url === file) return response.writeHead(404).end()
      response.writeHead(200, { 'x-robots-tag': 'noai', 'content-length': 40_000_000 }).flushHeaders()
      response.once('close', () => left.resolve())
    })
    const fetcher = fetcherFor([host], { FETCH_IDLE_MS: '600000', FETCH_TIMEOUT_MS: '600000' })
    const error = await errorOf(fetcher.under(heeding).image(`${origin}/a`, null, never))
    expect(error.code).toBe('source_opted_out')
    await left.promise
  })

  it('since we took it is known as such by a 304 too', async () => {
    const { origin, host } = await site((request, response) =>
      response.writeHead(request.url === file ? 404 : 304, { 'x-robots-tag': 'noai' }).end(),
    )
    const fetcher = fetcherFor([host]).under(heeding)
    expect((await errorOf(fetcher.image(`${origin}/a`, { etag: '"1"' }, never))).code).toBe(
      'source_opted_out',
    )
  })

  it('is taken where the policy says so, with what was said', async () => {
    const headers = { 'x-robots-tag': 'noai', 'tdm-reservation': '1', 'content-usage': 'train-ai=n' }
    const { origin, host, asked } = await saying({ headers })
    const fetched = await fetcherFor([host]).under(anyPolicy).image(`${origin}/a`, null, never)
    expect(fetched?.signals).toEqual({
      robots: ['noai'],
      tdmReservation: 1,
      tdmPolicy: null,
      contentUsage: 'train-ai=n',
    })
    expect(asked.map(({ url }) => url)).toEqual(['/a'])
  })
})

describe('a page whose source opts out', () => {
  it.each([
    ['<meta name="robots" content="noimageindex">', {}, 'noimageindex'],
    ['<meta name="Magpie" content="none">', {}, 'magpie: none'],
    ['<meta name="tdm-reservation" content="1">', {}, 'tdm-reservation: 1'],
    ['<p>x', { 'x-robots-tag': 'noai' }, 'noai'],
    ['<p>x', { 'tdm-reservation': '1' }, 'tdm-reservation: 1'],
  ])('by %s under %j is not read', async (body, headers, said) => {
    const { origin, host } = await saying({ body, headers })
    const error = await errorOf(fetcherFor([host]).under(heeding).page(`${origin}/a`, null, never))
    expect(error).toMatchObject({ code: 'source_opted_out', details: { measured: said } })
  })

  it('but for itself is read', async () => {
    const body = '<meta name="tdm-reservation" content="0"><meta name="robots" content="noindex">'
    const { origin, host } = await saying({
      body,
      headers: { 'tdm-reservation': '1' },
      tdmrep: reserved('/'),
    })
    const page = await fetcherFor([host]).under(heeding).page(`${origin}/a`, null, never)
    expect(page?.signals).toMatchObject({ robots: ['noindex'], tdmReservation: 0 })
  })
})

describe('the tdmrep.json of a site', () => {
  it('is asked for once, before anything else, without the source’s headers, and obeyed', async () => {
    const { origin, host, asked } = await saying({ tdmrep: reserved('/private/') })
    const fetcher = fetcherFor([host]).under({ ...heeding, headers: { authorization: 'Bearer secret' } })
    await Promise.all([1, 2, 3].map((n) => fetcher.image(`${origin}/${n}`, null, never)))
    expect((await errorOf(fetcher.image(`${origin}/private/a`, null, never))).code).toBe('source_opted_out')
    expect(asked[0]?.url).toBe(file)
    expect(asked.filter(({ url }) => url === file).map(({ headers }) => headers.authorization)).toEqual([
      undefined,
    ])
  })

  it('is outdone by the headers of a picture', async () => {
    const { origin, host } = await saying({ tdmrep: reserved('/'), headers: { 'tdm-reservation': '0' } })
    const fetched = await fetcherFor([host]).under(heeding).image(`${origin}/a`, null, never)
    expect(fetched?.signals).toMatchObject({ tdmReservation: 0, tdmPolicy: null })
  })

  it('counts on the site that a redirect leads to', async () => {
    const cdn = await saying({ tdmrep: reserved('/') })
    const shop = await site((request, response) =>
      response.writeHead(request.url === file ? 404 : 302, { location: `${cdn.origin}/x` }).end(),
    )
    const fetcher = fetcherFor([shop.host, cdn.host]).under(heeding)
    expect((await errorOf(fetcher.image(`${shop.origin}/a`, null, never))).code).toBe('source_opted_out')
  })

  it.each([500, 503, 403])(
    'that answers %i is none, and not asked for again with every picture',
    async (status) => {
      const { origin, host, asked } = await site((request, response) =>
        request.url === file ? response.writeHead(status).end() : response.end(picture),
      )
      const fetcher = fetcherFor([host]).under(heeding)
      for (const n of [1, 2, 3]) await fetcher.image(`${origin}/${n}`, null, never)
      expect(asked.map(({ url }) => url)).toEqual([file, '/1', '/2', '/3'])
    },
  )

  it('is not asked for where robots.txt forbids it', async () => {
    const { origin, host, asked } = await site((request, response) =>
      response.end(request.url === '/robots.txt' ? 'User-agent: *\nDisallow: /.well-known/' : picture),
    )
    await fetcherFor([host])
      .under({ ...heeding, robots: 'respect' })
      .image(`${origin}/a`, null, never)
    expect(asked.map(({ url }) => url)).toEqual(['/robots.txt', '/a'])
  })
})

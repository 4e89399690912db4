import { setTimeout as sleep } from 'node:timers/promises'
import zlib from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { anyPolicy, errorOf, fetcherFor, never, picture, rawSite, site } from './local-server.suite.ts'

const small = { FETCH_MAX_BYTES: '100_000', FETCH_MAX_PAGE_BYTES: '100_000' }
const html = Buffer.from(`<!doctype html>${'x'.repeat(5000)}`)

describe('the size of an answer', () => {
  it.each([
    [100_000, null],
    [100_001, 'body_too_large'],
  ])('may be %i bytes: %s', async (size, code) => {
    for (const declared of [true, false]) {
      const { origin, host } = await site((_request, response) => {
        if (declared) response.setHeader('content-length', size)
        response.write(picture)
        response.end(Buffer.alloc(size - picture.length))
      })
      const outcome = fetcherFor([host], small).under(anyPolicy).image(origin, null, never)
      if (code === null) expect((await outcome)?.bytes).toHaveLength(size)
      else expect(await errorOf(outcome)).toMatchObject({ code, details: { setting: 'FETCH_MAX_BYTES' } })
    }
  })

  it('is counted after decompression too, and the rest is not read', async () => {
    const bomb = zlib.gzipSync(Buffer.concat([html, Buffer.alloc(50_000_000)]))
    const { origin, host } = await site((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'text/html' }).end(bomb),
    )
    const error = await errorOf(fetcherFor([host], small).under(anyPolicy).page(origin, null, never))
    expect(error).toMatchObject({ code: 'body_too_large', details: { setting: 'FETCH_MAX_PAGE_BYTES' } })
    expect(error.details.measured).toBeLessThan(300_000)
    expect(error.remedy).toBe('FETCH_MAX_PAGE_BYTES sets the limit.')
  })

  it('without end is cut off, and its connection with it', async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    const { origin, host } = await rawSite((socket) => {
      socket.on('close', () => resolve())
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;')
      const pump = () => {
        while (!socket.destroyed && socket.write('x'.repeat(65_536)));
      }
      socket.on('drain', pump)
      pump()
    })
    const error = await errorOf(fetcherFor([host], small).under(anyPolicy).image(origin, null, never))
    expect(error.code).toBe('body_too_large')
    await closed
  })
})

describe('compression', () => {
  const encoded = async (encoding: string, body: Buffer, framed = true) => {
    const { origin, host } = await rawSite((socket) => {
      const length = framed ? `Content-Length: ${body.length}\r\n` : ''
      socket.write(`HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: ${encoding}\r\n${length}`)
      socket.end(Buffer.concat([Buffer.from('Connection: close\r\n\r\n'), body]))
    })
    return fetcherFor([host]).under(anyPolicy).page(origin, null, never)
  }

  it.each([
    ['gzip', zlib.gzipSync(html)],
    ['X-GZIP', zlib.gzipSync(html)],
    ['deflate', zlib.deflateSync(html)],
    ['br', zlib.brotliCompressSync(html)],
    ['zstd', zlib.zstdCompressSync(html)],
    ['identity', html],
  ])('by %s is undone', async (encoding, body) => {
    expect((await encoded(encoding, body))?.html).toBe(html.toString())
  })

  it.each([['compress'], ['gzip, gzip'], ['gzip\r\nContent-Encoding: gzip']])(
    'by %j is not',
    async (encoding) => {
      expect((await errorOf(encoded(encoding, zlib.gzipSync(html)))).code).toBe('encoding_unsupported')
    },
  )

  it('that is damaged is the source’s fault', async () => {
    const body = zlib.gzipSync(html)
    body.fill(0xff, 20, 30)
    expect((await errorOf(encoded('gzip', body))).code).toBe('response_invalid')
    expect((await errorOf(encoded('gzip', html))).code).toBe('response_invalid')
  })

  it.each([
    ['gzip', zlib.gzipSync(html)],
    ['br', zlib.brotliCompressSync(html)],
    ['zstd', zlib.zstdCompressSync(html)],
  ])('by %s that was cut is never taken for whole', async (encoding, body) => {
    const half = body.subarray(0, body.length >> 1)
    expect((await errorOf(encoded(encoding, half))).code).toBe('response_invalid')
    expect(['body_truncated', 'response_invalid']).toContain(
      (await errorOf(encoded(encoding, half, false))).code,
    )
  })
})

describe('an answer that breaks off', () => {
  it.each([
    ['before its length', 'Content-Length: 5000\r\n\r\n'],
    ['before its last chunk', 'Transfer-Encoding: chunked\r\n\r\n10\r\n'],
  ])('%s is body_truncated', async (_what, rest) => {
    const { origin, host } = await rawSite((socket) =>
      socket.end(`HTTP/1.1 200 OK\r\n${rest}GIF89a\x00\x00\x00`),
    )
    const error = await errorOf(fetcherFor([host]).under(anyPolicy).image(origin, null, never))
    expect([error.code, error.retry]).toEqual(['body_truncated', true])
  })

  it('by a reset is connection_lost', async () => {
    const { origin, host } = await rawSite((socket) => socket.resetAndDestroy())
    expect((await errorOf(fetcherFor([host]).under(anyPolicy).image(origin, null, never))).code).toBe(
      'connection_lost',
    )
  })

  it('because nobody listens is connection_refused, and names the host', async () => {
    const fetcher = fetcherFor(['127.0.0.1:2']).under(anyPolicy)
    const error = await errorOf(fetcher.image('http://127.0.0.1:2/', null, never))
    expect([error.code, error.message]).toEqual(['connection_refused', '127.0.0.1:2 refused the connection.'])
  })

  it.each([
    ['ENOTFOUND', 'dns_not_found'],
    ['EAI_AGAIN', 'dns_failed'],
  ])('because the look-up says %s is %s', async (code, expected) => {
    const resolve = () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code }))
    const error = await errorOf(
      fetcherFor([], {}, { resolve }).under(anyPolicy).image('http://a.example.com/', null, never),
    )
    expect(error.code).toBe(expected)
  })

  it('because the port speaks no TLS is tls_failed', async () => {
    const { host } = await rawSite((socket) => socket.end('SSH-2.0-OpenSSH\r\n'))
    const error = await errorOf(fetcherFor([host]).under(anyPolicy).image(`https://${host}/`, null, never))
    expect(error.code).toBe('tls_failed')
  })
})

describe('time', () => {
  const begins = 'HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\nGIF89a\x00'

  it.each([
    ['nothing comes', 'FETCH_FIRST_BYTE_MS', ''],
    ['only interim answers come', 'FETCH_FIRST_BYTE_MS', 'HTTP/1.1 102 Processing\r\n\r\n'],
    ['the body falls silent', 'FETCH_IDLE_MS', begins],
  ])('runs out when %s, by %s', async (_what, setting, answer) => {
    const { origin, host } = await rawSite((socket) => socket.write(answer))
    const error = await errorOf(
      fetcherFor([host], { [setting]: '80' })
        .under(anyPolicy)
        .image(origin, null, never),
    )
    expect(error).toMatchObject({ code: 'fetch_timeout', details: { setting, measured: 80 } })
  })

  it('runs out for the whole chain together, however busily it drips', async () => {
    const { origin, host } = await rawSite((socket) => {
      socket.write(begins)
      const drip = setInterval(() => socket.write('x'), 10)
      socket.on('close', () => clearInterval(drip))
    })
    const since = performance.now()
    const settings = { FETCH_TIMEOUT_MS: '150', FETCH_IDLE_MS: '100' }
    const error = await errorOf(fetcherFor([host], settings).under(anyPolicy).image(origin, null, never))
    expect(error).toMatchObject({ code: 'fetch_timeout', details: { setting: 'FETCH_TIMEOUT_MS' } })
    expect(performance.now() - since).toBeLessThan(1000)
  })

  it('is not used up by waiting for a turn', async () => {
    const { origin, host } = await site((_request, response) => response.end(picture))
    const fetcher = fetcherFor([host], { FETCH_TIMEOUT_MS: '500' }).under({ ...anyPolicy, hostDelayMs: 600 })
    await Promise.all([1, 2, 3].map((n) => fetcher.image(`${origin}/${n}`, null, never)))
  })

  it.each([
    ['for the answer', ''],
    ['for the body', begins],
  ])(
    'is given up at once when the caller stops waiting %s, and the socket with it',
    async (_what, answer) => {
      const { promise: closed, resolve } = Promise.withResolvers<void>()
      const { origin, host } = await rawSite((socket) => {
        socket.on('close', () => resolve())
        socket.write(answer)
      })
      const stopping = new AbortController()
      const outcome = fetcherFor([host]).under(anyPolicy).image(origin, null, stopping.signal)
      outcome.catch(() => {})
      await sleep(50)
      const since = performance.now()
      stopping.abort(new Error('enough'))
      await expect(outcome).rejects.toThrow('enough')
      await closed
      expect(performance.now() - since).toBeLessThan(500)
    },
  )

  it('is up for everything when the fetcher is closed', async () => {
    const { origin, host } = await rawSite(() => {})
    const fetcher = fetcherFor([host])
    const outcome = errorOf(fetcher.under(anyPolicy).image(origin, null, never))
    await sleep(30)
    await fetcher.close()
    expect((await outcome).code).toBe('connection_lost')
  })
})

it('keeps connections for later requests', async () => {
  const ports = new Set<number | undefined>()
  const { origin, host } = await site((request, response) => {
    ports.add(request.socket.remotePort)
    response.end(picture)
  })
  const fetcher = fetcherFor([host]).under({ ...anyPolicy, hostConcurrency: 1 })
  for (const n of [1, 2, 3, 4, 5]) await fetcher.image(`${origin}/${n}`, null, never)
  // undici opens a second one when the first has not quite come to rest.
  expect(ports.size).toBeLessThanOrEqual(2)
})

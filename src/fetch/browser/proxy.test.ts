import { createServer as createSecureServer } from 'node:https'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import type net from 'node:net'
import { type AddressInfo } from 'node:net'
import tls from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { rawSite, site } from '../local-server.suite.ts'
import { allowedHosts } from '../public-addresses.ts'
import { openProxy, type PageProxy } from './proxy.ts'

// Of nobody but this test: for own.shop.example, until 2126.
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg4x05QLGqDzkuO2GL
ti1qXqUr/O1PVJxuJANbEvrQNUqhRANCAAQNxQAS/7Ca9HgsM/vQengp5N6klY6J
BpSoffr/R7rC0+s9M6n6wtfxKOhU8c8zFFsEqOEyJHDxqCn2yn/3mReJ
-----END PRIVATE KEY-----`
const cert = `-----BEGIN CERTIFICATE-----
MIIBqzCCAVCgAwIBAgIUefzGU1lXpEuWZc9Kz8nvMcXGm3MwCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQb3duLnNob3AuZXhhbXBsZTAgFw0yNjExMjExOTA4MDBaGA8y
MTI2MTAyODE5MDgwMFowGzEZMBcGA1UEAwwQb3duLnNob3AuZXhhbXBsZTBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABA3FABL/sJr0eCwz+9B6eCnk3qSVjokGlKh9
+v9HusLT6z0zqfrC1/Eo6FTxzzMUWwSo4TIkcPGoKfbKf/eZF4mjcDBuMB0GA1Ud
DgQWBBQy8ZnMmatawaKA3x/UF+kQ+so0ajAfBgNVHSMEGDAWgBQy8ZnMmatawaKA
3x/UF+kQ+so0ajAPBgNVHRMBAf8EBTADAQH/MBsGA1UdEQQUMBKCEG93bi5zaG9w
LmV4YW1wbGUwCgYIKoZIzj0EAwIDSQAwRgIhAM/uiGuKW+/UAt/N6w/d9z2XClsb
t+jh9i/CYArEcXY/AiEA5saDpe7MJkJCUVPt+9aCgS6OeH00ZdB6EoeGOVvXIoo=
-----END CERTIFICATE-----`

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function proxyFor(
  hosts: readonly string[],
  maxBytes = 1e6,
): Promise<PageProxy & { refusals: string[] }> {
  const allowed = allowedHosts(hosts)
  const refusals: string[] = []
  const proxy = await openProxy({
    allowed,
    rules: {
      maxLength: 8192,
      isListed: (host, port) => allowed.name(host, port) || allowed.address(host, port),
    },
    connectTimeoutMs: 5000,
    maxBytes,
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    exhausted: () => undefined,
    refused: (host) => refusals.push(host),
  })
  closers.push(() => proxy.close())
  return { ...proxy, refusals }
}

/** Asks for a tunnel, and answers with it and what the proxy said. */
function tunnel(proxy: PageProxy, to: string): Promise<{ status: number; socket: net.Socket }> {
  const { port } = new URL(proxy.server)
  const ask = httpRequest({ host: '127.0.0.1', port, method: 'CONNECT', path: to })
  return new Promise((resolve, reject) => {
    ask.on('error', reject).on('connect', ({ statusCode = 0 }, socket) => {
      closers.push(() => socket.destroy())
      resolve({ status: statusCode, socket })
    })
    ask.end()
  })
}

const ended = (socket: net.Socket) =>
  new Promise<void>((end) => socket.on('error', () => {}).once('close', () => end()))

describe('the proxy of a page', () => {
  async function secure(answer: string) {
    const server = createSecureServer({ key, cert }, (_, response) => response.end(answer))
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    closers.push(() => server.close().closeAllConnections())
    return `own.shop.example:${(server.address() as AddressInfo).port}`
  }
  const through = async (proxy: PageProxy, host: string) => {
    const { socket } = await tunnel(proxy, host)
    const safe = tls.connect({ socket, ca: cert, servername: 'own.shop.example' })
    let heard = ''
    safe.setEncoding('utf8').on('data', (text: string) => (heard += text))
    safe.write(`GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`)
    await ended(safe)
    return heard
  }

  it('carries TLS that is between the page and its host alone', async () => {
    const host = await secure('a picture of a chair')
    expect(await through(await proxyFor([host]), host)).toMatch(/^HTTP\/1\.1 200[^]*a picture of a chair/)
  })

  it('carries no more than it may', async () => {
    const host = await secure('x'.repeat(5e6))
    const heard = await through(await proxyFor([host], 1e6), host)
    expect(heard.length).toBeLessThan(1.2e6)
  })

  it('carries nothing but TLS through a tunnel', async () => {
    const heard: string[] = []
    const { host } = await rawSite((socket) => void socket.on('data', (data) => heard.push(String(data))))
    const { status, socket } = await tunnel(await proxyFor([host]), host)
    expect(status).toBe(200)
    socket.write('GET / HTTP/1.1\r\nupgrade: websocket\r\n\r\n')
    await ended(socket)
    expect(heard).toEqual([])
  })

  it.each([
    '127.0.0.1:443',
    '[::1]:443',
    '10.0.0.1:80',
    '169.254.169.254:80',
    'own.shop.example:443',
    'localhost:443',
    'own.shop.example:25',
  ])('refuses a tunnel to %j', async (to) => {
    const proxy = await proxyFor([])
    const outcome = await tunnel(proxy, to).catch(() => ({ status: 0 }))
    expect(outcome.status).not.toBe(200)
  })

  it('refuses a private address in the clear, and says nothing of why', async () => {
    const other = await site((_, response) => response.end('secret'))
    const proxy = await proxyFor([])
    const { port } = new URL(proxy.server)
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => null)
    expect(answer?.status).toBe(400)
    const told = await new Promise<string>((resolve) => {
      httpRequest({ host: '127.0.0.1', port, path: `${other.origin}/` }, (response) => {
        let text = String(response.statusCode)
        response.on('data', (data) => (text += String(data))).on('end', () => resolve(text))
      }).end()
    })
    expect(told).toBe('403')
    expect(proxy.refusals).toEqual([other.host])
    expect(other.asked).toEqual([])
  })

  describe('meets what hosts answer', () => {
    /** What comes through the proxy of an answer that a host writes byte by byte. */
    async function passedOn(answer: string, headers = {}) {
      const { origin, host } = await rawSite((socket) => socket.end(Buffer.from(answer, 'latin1')))
      const { port } = new URL((await proxyFor([host])).server)
      return new Promise<{ status: number; headers: IncomingHttpHeaders; text: string }>(
        (resolve, reject) => {
          const ask = httpRequest({ host: '127.0.0.1', port, path: `${origin}/`, headers }, (response) => {
            let text = ''
            response
              .on('data', (data) => (text += String(data)))
              .on('error', reject)
              .on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }))
          })
          ask.on('error', reject).end()
        },
      )
    }

    it.each([
      ['a status below all statuses', 'HTTP/1.1 099 x\r\nContent-Length: 0\r\n\r\n'],
      ['a status of zeros', 'HTTP/1.1 000 x\r\nContent-Length: 0\r\n\r\n'],
      ['a status above all statuses', 'HTTP/1.1 999 x\r\nContent-Length: 0\r\n\r\n'],
      ['another protocol', 'HTTP/1.1 101 Now\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'],
    ])('with 502 where that is %s', async (_, answer) => {
      expect(await passedOn(answer)).toMatchObject({ status: 502, text: '' })
    })

    it('without what is said of a trailer that can have no place', async () => {
      const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTrailer: X-A\r\n\r\nok'
      const { status, headers, text } = await passedOn(answer)
      expect([status, text, headers['trailer']]).toEqual([200, 'ok', undefined])
    })

    it('without the headers of their own connection, and with all others', async () => {
      const { headers, text } = await passedOn(
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\n' +
          'Proxy-Authenticate: Basic\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-End: 2\r\n\r\n2\r\nok\r\n0\r\n\r\n',
      )
      expect(text).toBe('ok')
      expect(headers).toMatchObject({ 'x-end': '2', 'set-cookie': ['a=1', 'b=2'] })
      expect(headers).not.toHaveProperty('x-hop')
      expect(headers).not.toHaveProperty('proxy-authenticate')
    })

    it('by breaking off where a host breaks off', async () => {
      await expect(passedOn('HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nok')).rejects.toThrow()
      await expect(passedOn('no answer at all')).rejects.toThrow()
    })
  })

  it('leaves nothing open when its page is closed', async () => {
    const { host } = await rawSite(() => undefined)
    const proxy = await proxyFor([host])
    const { socket } = await tunnel(proxy, host)
    await proxy.close()
    await ended(socket)
    expect(socket.destroyed).toBe(true)
  })
})

import { createServer, request } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { MagpieError } from '../../errors.ts'
import { checkedUrl, hostOf, portOf, type UrlRules } from '../checked-url.ts'
import { guardedConnector, type Resolve } from '../guarded-connector.ts'
import type { AllowedHosts } from '../public-addresses.ts'

/** The only way from a page to the network: each connection is made by our guarded connector, and counted. */
export interface PageProxy {
  readonly server: string
  close(): Promise<void>
}

export interface ProxyOptions {
  readonly allowed: AllowedHosts
  readonly rules: UrlRules
  readonly connectTimeoutMs: number
  readonly maxBytes: number
  readonly resolve?: Resolve
  /** Told once, when the page has had all the bytes that it may have. */
  readonly exhausted: () => void
  /** Told of each connection that was refused or could not be made. */
  readonly refused: (host: string, error: Error) => void
}

type Connect = (url: URL) => Promise<Socket>

/** Starts a proxy for one page on a free port of loopback. */
export async function openProxy(options: ProxyOptions): Promise<PageProxy> {
  const closing = new AbortController()
  const sockets = new Set<Duplex>()
  const connect = connector(options, closing.signal)
  const count = counter(options, () => sockets.forEach((socket) => socket.destroy()))
  const keep = <S extends Duplex>(socket: S): S => {
    sockets.add(socket.on('error', () => {}).once('close', () => sockets.delete(socket)))
    return socket
  }
  const server = createServer()
  server.on('connection', keep)
  server.on('request', (ask, answer) => void forward(ask, answer, { connect, count, keep }))
  server.on(
    'connect',
    (ask, client: Duplex, head) => void tunnel(ask, { client, head, connect, count, keep }),
  )
  // WebSockets in the clear; browsers ask for a tunnel instead.
  server.on('upgrade', (_, client: Duplex) => client.destroy())
  server.on('clientError', (_, client) => client.destroy())
  await listening(server)
  return {
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      closing.abort(new MagpieError('connection_lost', 'The page was closed.'))
      sockets.forEach((socket) => socket.destroy())
      await new Promise((closed) => server.close(closed))
    },
  }
}

const listening = (server: Server) =>
  new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))

function connector(options: ProxyOptions, closing: AbortSignal): Connect {
  const { allowed, rules, connectTimeoutMs, resolve, refused } = options
  const guarded = guardedConnector({
    ...{ allowed, connectTimeoutMs, closing, maxWireBytes: Infinity },
    ...(resolve && { resolve }),
  })
  return async (url) => {
    const host = `${hostOf(url)}:${portOf(url)}`
    try {
      checkedUrl(url.href, rules)
      return await new Promise<Socket>((done, failed) =>
        // A tunnel carries TLS that is the browser's own, so it begins in the clear as all others.
        guarded({ hostname: url.hostname, port: String(portOf(url)), protocol: 'http:' }, (error, socket) =>
          error ? failed(error) : done(socket),
        ),
      )
    } catch (thrown) {
      refused(host, thrown as Error)
      throw thrown
    }
  }
}

type Count = (bytes: number) => void

function counter({ maxBytes, exhausted }: ProxyOptions, end: () => void): Count {
  let bytes = 0
  return (more) => {
    if (bytes > maxBytes) return end()
    bytes += more
    if (bytes <= maxBytes) return
    exhausted()
    end()
  }
}

interface Means {
  readonly connect: Connect
  readonly count: Count
  readonly keep: <S extends Duplex>(socket: S) => S
}

/** `GET http://host/path`, as browsers ask a proxy for what is not encrypted. */
async function forward(ask: IncomingMessage, answer: ServerResponse, { connect, count, keep }: Means) {
  try {
    const url = URL.parse(ask.url ?? '')
    if (url?.protocol !== 'http:') return void answer.writeHead(400).end()
    const socket = keep(await connect(url))
    const onward = request({
      createConnection: () => socket,
      method: ask.method ?? 'GET',
      path: `${url.pathname}${url.search}`,
      headers: { ...endToEnd(ask.headers), host: url.host, connection: 'close' },
    })
    onward.once('response', (got) => passOn(got, answer, count))
    // Nobody asked for another protocol.
    onward.once('upgrade', (_, other) => (other.destroy(), refuse(answer, 502)))
    onward.on('error', () => answer.destroy())
    answer.once('close', () => onward.destroy())
    ask.pipe(onward)
  } catch {
    refuse(answer)
  }
}

/** What a host answers is written by strangers: what cannot be passed on ends this one request, and nothing else. */
function passOn(got: IncomingMessage, answer: ServerResponse, count: Count): void {
  const status = got.statusCode ?? 0
  try {
    if (status < 200 || status > 599) throw new RangeError(`${status} is no status of an answer`)
    answer.writeHead(status, endToEnd(got.headers))
  } catch {
    got.destroy()
    return refuse(answer, 502)
  }
  got.on('data', (chunk: Buffer) => count(chunk.length))
  got.on('error', () => answer.destroy())
  got.pipe(answer)
}

/** Headers of one connection (RFC 9110 §7.6.1) are not those of the next. */
const ofOneConnection = /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = new Set((headers.connection ?? '').toLowerCase().split(/\s*,\s*/))
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !ofOneConnection.test(name) && !named.has(name)),
  )
}

/** Nothing of what was found out is told to the page. */
const refuse = (answer: ServerResponse, status = 403) =>
  void answer.writeHead(status, { connection: 'close' }).end()

/** `CONNECT host:443`: bytes both ways, of which the first has to be the first of a TLS handshake. */
async function tunnel(
  ask: IncomingMessage,
  { client, head, connect, count, keep }: Means & { readonly client: Duplex; readonly head: Buffer },
) {
  try {
    const url = URL.parse(`https://${ask.url ?? ''}/`)
    if (!url || url.host === '') return void client.destroy()
    const socket = keep(await connect(url))
    const begins = (first: Buffer) => {
      // A WebSocket without encryption asks for a tunnel too.
      if (first[0] !== handshake) return void client.destroy(void socket.destroy())
      socket.write(first)
      client.pipe(socket)
      socket.on('data', (chunk: Buffer) => count(chunk.length))
      socket.pipe(client)
    }
    client.once('close', () => socket.destroy())
    socket.once('close', () => client.destroy())
    client.write('HTTP/1.1 200 Connection established\r\n\r\n')
    if (head.length > 0) begins(head)
    else client.once('data', (first: Buffer) => (client.pause(), begins(first), client.resume()))
  } catch {
    client.end('HTTP/1.1 403 Forbidden\r\n\r\n')
  }
}

const handshake = 0x16

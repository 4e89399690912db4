import { lookup } from 'node:dns/promises'
import net from 'node:net'
import tls from 'node:tls'
import type { buildConnector } from 'undici'
import { MagpieError } from '../errors.ts'
import { permitted, type Address, type AllowedHosts } from './public-addresses.ts'

/** Looks a host's name up; throws Node's own DNS errors. */
export type Resolve = (hostname: string) => Promise<readonly Address[]>

export interface ConnectorOptions {
  readonly allowed: AllowedHosts
  /** From the look-up to the end of the TLS handshake. */
  readonly connectTimeoutMs: number
  /** How many bytes may come on a connection in answer to one request, framing and headers included; Infinity where others count. */
  readonly maxWireBytes: number
  /** Ends attempts that are under way: destroying undici's agent does not. */
  readonly closing: AbortSignal
  readonly resolve?: Resolve
}

const systemResolve: Resolve = (hostname) => lookup(hostname, { all: true, order: 'verbatim' })

/**
 * Opens every connection that is made to the open web. The addresses are judged here, after the look-up and for literal
 * addresses too, and the socket can connect to no other: what a URL's text looks like decides nothing.
 */
export function guardedConnector(options: ConnectorOptions): buildConnector.connector {
  return (to, callback) => {
    const hostname = to.hostname.replace(/^\[|\]$/g, '')
    const port = Number(to.port) || (to.protocol === 'https:' ? 443 : 80)
    const until = Date.now() + options.connectTimeoutMs
    addressesOf(hostname, options.resolve ?? systemResolve)
      .then((addresses) => permitted({ hostname, port }, addresses, options.allowed))
      .then((addresses) => {
        const socket = open(to, { hostname, port, addresses })
        if (options.maxWireBytes < Infinity) boundWire(socket, hostname, options.maxWireBytes)
        endWith(options.closing, socket)
        return connected(socket, {
          hostname,
          port,
          leftMs: until - Date.now(),
          secure: to.protocol === 'https:',
        })
      })
      .then((socket) => {
        // Belt and braces: whatever the socket did, this is where it went.
        const peer = socket.remoteAddress
        if (peer) permitted({ hostname, port }, [{ address: peer, family: net.isIP(peer) }], options.allowed)
        return socket
      })
      .then(
        (socket) => callback(null, socket),
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
      )
  }
}

const addressesOf = async (hostname: string, resolve: Resolve): Promise<readonly Address[]> =>
  net.isIP(hostname) ? [{ address: hostname, family: net.isIP(hostname) }] : resolve(hostname)

interface Target {
  readonly hostname: string
  readonly port: number
  readonly addresses: readonly [Address, ...Address[]]
}

function open(to: buildConnector.Options, { hostname, port, addresses }: Target): net.Socket {
  const common = {
    host: hostname,
    port,
    // Node tries one after the other when a host has several.
    autoSelectFamily: true,
    lookup: ((_hostname, wanted, done) => {
      if (wanted.all) done(null, [...addresses])
      else done(null, addresses[0].address, addresses[0].family)
    }) satisfies net.LookupFunction,
  }
  if (to.protocol !== 'https:') return net.connect(common)
  const servername = to.servername || (net.isIP(hostname) ? undefined : hostname.replace(/\.$/, ''))
  return tls.connect({ ...common, servername, ALPNProtocols: ['http/1.1'] })
}

/** Waits for the connection, or the TLS handshake; the socket is destroyed when it does not come about. */
function connected(
  socket: net.Socket,
  of: { hostname: string; port: number; leftMs: number; secure: boolean },
): Promise<net.Socket> {
  const { hostname, port, leftMs, secure } = of
  return new Promise((resolve, reject) => {
    const late = () =>
      socket.destroy(
        new MagpieError('fetch_timeout', `${hostname} did not take a connection on port ${port} in time.`, {
          setting: 'FETCH_FIRST_BYTE_MS',
        }),
      )
    const timer = setTimeout(late, Math.max(1, leftMs))
    socket.setNoDelay(true)
    socket.once('close', () => clearTimeout(timer))
    socket.once('error', reject)
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer)
      socket.off('error', reject)
      resolve(socket)
    })
  })
}

function endWith(closing: AbortSignal, socket: net.Socket) {
  const end = () => socket.destroy(closing.reason as Error)
  closing.addEventListener('abort', end)
  socket.once('close', () => closing.removeEventListener('abort', end))
  if (closing.aborted) end()
}

/**
 * Destroys a socket that keeps receiving: chunk extensions, trailers and interim answers without end are counted nowhere else.
 * A request that was written since the last look starts the count anew.
 */
function boundWire(socket: net.Socket, hostname: string, maxWireBytes: number) {
  let written = 0
  let base = 0
  socket.on('readable', () => {
    if (socket.bytesWritten !== written) {
      written = socket.bytesWritten
      base = socket.bytesRead - socket.readableLength
    }
    if (socket.bytesRead - base <= maxWireBytes) return
    socket.destroy(
      new MagpieError('body_too_large', `${hostname} goes on sending after ${maxWireBytes} bytes.`, {
        measured: socket.bytesRead - base,
        setting: 'FETCH_MAX_BYTES',
      }),
    )
  })
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import net from 'node:net'
import { afterEach } from 'vitest'
import { MagpieError } from '../errors.ts'
import { hostsInProcess } from '../hosts/open-hosts.ts'
import { readSettings } from '../settings.ts'
import { fetchSettings } from './fetch-settings.ts'
import type { FetchPolicy } from './fetcher.ts'
import { openFetcher, type FetchSeams, type OpenFetcher } from './open-fetcher.ts'

/** What a test's site was asked. */
export interface Site {
  readonly origin: string
  readonly host: string
  readonly asked: IncomingMessage[]
}

const closers: (() => Promise<unknown> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A real site on loopback, closed after the test. */
export async function site(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Site> {
  const asked: IncomingMessage[] = []
  const server = createServer((request, response) => {
    asked.push(request)
    answer(request, response)
  })
  await listening(server)
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const host = `127.0.0.1:${(server.address() as net.AddressInfo).port}`
  return { origin: `http://${host}`, host, asked }
}

/** A site that writes raw bytes. */
export async function rawSite(
  answer: (socket: net.Socket) => void,
): Promise<{ origin: string; host: string }> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    socket.once('data', () => answer(socket))
  })
  await listening(server)
  closers.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const host = `127.0.0.1:${(server.address() as net.AddressInfo).port}`
  return { origin: `http://${host}`, host }
}

const listening = (server: net.Server) =>
  new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))

/** A fetcher that may reach the given hosts, closed after the test. */
export function fetcherFor(
  hosts: readonly string[],
  settings: Record<string, string> = {},
  seams: Partial<FetchSeams> = {},
): OpenFetcher {
  const environment = { FETCH_ALLOW_PRIVATE: hosts.join(','), ...settings }
  const fetcher = openFetcher(readSettings(fetchSettings, environment), undefined, {
    turns: hostsInProcess(),
    ...seams,
  })
  closers.push(() => fetcher.close())
  return fetcher
}

export const anyPolicy: FetchPolicy = {
  hostConcurrency: 8,
  hostDelayMs: 0,
  headers: {},
  robots: 'ignore',
  optOut: 'ignore',
}

export const never = new AbortController().signal

/** The MagpieError that a promise rejects with; any other outcome fails the test. */
export async function errorOf(promise: Promise<unknown>): Promise<MagpieError> {
  const outcome = await promise.then(
    (value) => value,
    (thrown: unknown) => thrown,
  )
  if (outcome instanceof MagpieError) return outcome
  throw new Error(`expected a MagpieError, got ${String(outcome)}`)
}

/** The smallest thing that passes for a picture. */
export const picture = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')

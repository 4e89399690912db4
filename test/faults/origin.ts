import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { aPicture } from './pictures.ts'

/** One request for a picture, in milliseconds of this process's clock. */
export interface Visit {
  readonly path: string
  readonly status: number
  readonly startedAt: number
  readonly endedAt: number
}

/** What it answers instead of the picture. */
export interface Refusal {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
}

export interface Origin {
  readonly url: string
  /** As FETCH_ALLOW_PRIVATE wants it. */
  readonly host: string
  /** Every request for a picture that was answered to its end, oldest first; empty with `keepsVisits: false`. */
  readonly visits: Visit[]
  /** How many requests there were for each picture. */
  readonly counts: ReadonlyMap<string, number>
  /** The most pictures that were being sent at once. */
  readonly most: number
  /** Pictures that were asked for more than once, of which as many as were killed may have been in somebody's hands. */
  again(): number
  /** Resolves when so many pictures have been asked for. */
  asked(count: number): Promise<void>
  close(): Promise<void>
}

export interface OriginOptions {
  readonly latencyMs?: number
  /** Bytes that each picture is longer than it has to be. */
  readonly padding?: number
  /** False for long runs, which would fill the memory. */
  readonly keepsVisits?: boolean
  /** Asked before a picture is sent. */
  readonly refuses?: (path: string, at: number) => Refusal | null
}

/** A site of pictures made on the spot, `/p/1.png` to as many as are asked for, that counts who asks for what. */
export async function startOrigin(options: OriginOptions = {}): Promise<Origin> {
  const visits: Visit[] = []
  const counts = new Map<string, number>()
  const waiting = new Set<{ readonly count: number; resolve(): void }>()
  let [underWay, most, total] = [0, 0, 0]

  const count = (path: string) => {
    counts.set(path, (counts.get(path) ?? 0) + 1)
    total += 1
    for (const one of waiting) if (total >= one.count && waiting.delete(one)) one.resolve()
  }
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url!
    const number = /^\/p\/(\d+)\.png/.exec(path)?.[1]
    if (number === undefined) return void response.writeHead(404).end()
    const startedAt = performance.now()
    most = Math.max(most, (underWay += 1))
    // Once, and before the client can know: it may make room for another process's request at once.
    const over = () => {
      underWay -= 1
      response.off('close', over)
    }
    response.once('close', over)
    count(path)
    if (options.latencyMs) await sleep(options.latencyMs)
    const refusal = options.refuses?.(path, startedAt) ?? null
    const status = refusal?.status ?? 200
    response.once('finish', () => {
      if (options.keepsVisits !== false) visits.push({ path, status, startedAt, endedAt: performance.now() })
    })
    over()
    if (refusal) return void response.writeHead(status, refusal.headers).end()
    const body = aPicture(Number(number), options.padding)
    response.writeHead(200, { 'content-type': 'image/png', 'content-length': body.byteLength }).end(body)
  }
  const server = createServer((request, response) => void serve(request, response))
  // Longer than any pause of a test: a connection that is closed as it is used again costs an attempt.
  server.keepAliveTimeout = 120_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    ...{ url: `http://${host}`, host, visits, counts },
    get most() {
      return most
    },
    again: () => total - counts.size,
    asked: (count) =>
      new Promise((resolve) => {
        if (total >= count) resolve()
        else waiting.add({ count, resolve })
      }),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A page with these pictures of an origin. */
export const pageOf = (origin: Pick<Origin, 'url'>, numbers: readonly number[]): string =>
  `<!doctype html><title>An item</title><main><h1>An item</h1>${numbers
    .map((at) => `<img src="${origin.url}/p/${at}.png" width="900" height="900" alt="An item, view ${at}">`)
    .join('\n')}</main>`

import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { scene } from '../imaging/pictures.suite.ts'

/** What is at the address of the larger version. */
export type Larger = 'same' | 'other' | 'smaller' | 'missing' | 'page' | 'busy'

export interface Origin {
  readonly url: string
  /** What it answers from now on where a larger version would be. */
  larger: Larger
  /** Counts up, and every picture is another. */
  edition: number
  /** The pictures that were asked for, with the status of each answer. */
  readonly asked: { readonly path: string; readonly status: number; readonly token: string | undefined }[]
  /** How many requests went to larger versions, and to those that a page names. */
  count(what: 'larger' | 'named'): number
}

const named = /^\/p(\d+)-(\d+)x(\d+)\.jpg$/
const whole = /^\/p(\d+)\.jpg$/
const resized = /^\/resize\?url=[^&]*&w=400$/

/** A site that has pictures as `/p7-400x300.jpg`, and may have them larger as `/p7.jpg`; on loopback, a port of its own.
 * `/resize?url=…&w=400` shows p1 small. */
export async function anOrigin(larger: Larger): Promise<Origin> {
  const origin: Omit<Origin, 'url'> = {
    ...{ larger, edition: 0, asked: [] },
    count: (what) => origin.asked.filter(({ path }) => (what === 'larger') === whole.test(path)).length,
  }
  const pictures = new Map<string, Promise<Buffer>>()
  const drawn = (seed: number, width: number, height: number) => {
    const name = `${seed} ${width} ${height}`
    const picture = pictures.get(name) ?? scene(seed, 480, 360).resize(width, height).jpeg().toBuffer()
    pictures.set(name, picture)
    return picture
  }
  const bodyOf = async (path: string): Promise<[number, Buffer | string]> => {
    if (resized.test(path)) return [200, await drawn(10, 400, 300)]
    const small = named.exec(path)
    const seed = 10 * Number((small ?? whole.exec(path))?.[1]) + 1000 * origin.edition
    if (small) return [200, await drawn(seed, Number(small[2]), Number(small[3]))]
    if (!whole.test(path)) return [404, 'nothing']
    if (origin.larger === 'busy') return [503, 'busy']
    if (origin.larger === 'page') return [200, '<!doctype html><title>Not here</title>']
    if (origin.larger === 'missing') return [404, 'nothing']
    if (origin.larger === 'smaller') return [200, await drawn(seed, 200, 150)]
    return [200, await drawn(origin.larger === 'same' ? seed : 7, 1200, 900)]
  }
  const server = createServer((request, response) => {
    const path = request.url!
    void bodyOf(path).then(([found, body]) => {
      const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 20)}"`
      const status = found === 200 && request.headers['if-none-match'] === etag ? 304 : found
      const token = request.headers['x-token']?.toString()
      if (named.test(path) || whole.test(path) || resized.test(path))
        origin.asked.push({ path, status, token })
      response.writeHead(status, found === 200 ? { etag } : {}).end(status === 304 ? undefined : body)
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return Object.assign(origin, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
}

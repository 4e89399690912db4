/**
 * The photo corpus over HTTP, all in memory, for the ingest benchmark:
 *
 *   node bench/photo-server.ts [--photos DIR] [--latency MS] [--distinct]
 *
 * prints `{"url":"http://127.0.0.1:PORT"}` and serves until it is ended:
 *
 * - `/i/<number>/<file>`: the photo; the number only makes the address another one, unless `--distinct`, which puts it
 *   into the file as a comment, so that each address has bytes and a digest of its own
 * - `/urls.json?count=2000`: that many image addresses, the files in turn
 * - `/pages/<k>.html?images=20`: page k, from 0, of the same addresses
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { imageType, withComment } from './peers/comment.ts'

interface Photo {
  readonly bytes: Buffer
  readonly type: string
  readonly digest: string
}

const { values: options } = parseArgs({
  options: {
    photos: { type: 'string', default: path.join(import.meta.dirname, '../../shared/data/photos') },
    latency: { type: 'string', default: '0' },
    distinct: { type: 'boolean', default: false },
  },
})
const latencyMs = Number(options.latency)
const photos = readPhotos(options.photos)
const names = [...photos.keys()]

const server = createServer((request, response) => {
  void (async () => {
    if (latencyMs > 0) await sleep(latencyMs)
    answer(request, response)
  })()
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }))
})

function readPhotos(folder: string): ReadonlyMap<string, Photo> {
  const files = readdirSync(folder)
    .filter((name) => imageType(name) !== null)
    .sort()
  return new Map(
    files.map((name) => {
      const bytes = readFileSync(path.join(folder, name))
      const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 16)
      return [name, { bytes, digest, type: imageType(name)! }]
    }),
  )
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url!, 'http://site')
  const [, kind, number = '', file = ''] = pathname.split('/')
  const photo = photos.get(file)
  if (kind === 'i' && photo) return sendPhoto(request, response, photo, number)
  if (kind === 'urls.json')
    return send(response, 'application/json', JSON.stringify(addresses(0, count('count'))))
  if (kind === 'pages')
    return send(response, 'text/html; charset=utf-8', page(parseInt(number), count('images')))
  if (kind === 'robots.txt') return send(response, 'text/plain', 'User-agent: *\nAllow: /\n')
  response.writeHead(404).end()

  function count(name: string): number {
    return Number(searchParams.get(name) ?? 20)
  }
}

function sendPhoto(request: IncomingMessage, response: ServerResponse, photo: Photo, number: string): void {
  const etag = options.distinct ? `"${photo.digest}-${number}"` : `"${photo.digest}"`
  if (request.headers['if-none-match'] === etag) return void response.writeHead(304, { etag }).end()
  const bytes = options.distinct ? withComment(photo.bytes, photo.type, number) : photo.bytes
  response.writeHead(200, { 'content-type': photo.type, 'content-length': bytes.byteLength, etag }).end(bytes)
}

function send(response: ServerResponse, type: string, text: string): void {
  response.writeHead(200, { 'content-type': type }).end(text)
}

function addresses(from: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => {
    const number = from + at
    return `/i/${String(number).padStart(5, '0')}/${names[number % names.length]}`
  })
}

function page(at: number, images: number): string {
  const shown = addresses(at * images, images)
    .map(
      (address, place) => `<img src="${address}" width="800" height="800" alt="Item ${at}, view ${place}">`,
    )
    .join('\n')
  return `<!doctype html>\n<title>Item ${at}</title>\n<main><h1>Item ${at}</h1>\n${shown}\n</main>\n`
}

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { answerOf } from './answer.ts'
import type { Answer } from './answer.ts'
import { items } from './items.ts'
import { misbehaviour } from './misbehaviour.ts'
import { itemPage, listPage } from './pages.ts'

/** One request that the site has answered. */
export interface SiteRequest {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly status: number
  /** Of the body. */
  readonly bytes: number
}

export interface Site {
  /** Without a slash at its end: the list page is `${url}/`, an item's `${url}/items/${slug}`. */
  readonly url: string
  readonly port: number
  /** All that was answered, oldest first; to be emptied with `requests.length = 0`. */
  readonly requests: SiteRequest[]
  /** How often a path was asked for, and of that how often with this status. */
  count(path: string, status?: number): number
  close(): Promise<void>
}

const lastModified = 'Sat, 01 Nov 2025 08:00:00 GMT'

/**
 * Starts the sample shop on a free port of 127.0.0.1. It behaves, with ETag, Last-Modified and 304, but for the
 * paths in `misbehaviour.ts`. `/private/…` shows the photos too, and robots.txt forbids it. `latencyMs` holds back
 * every answer.
 */
export async function startSite(options: { latencyMs?: number; port?: number } = {}): Promise<Site> {
  const requests: SiteRequest[] = []
  const answer = misbehaviour(behave)
  const server = createServer((request, response) => {
    serve(request, response).catch((cause: unknown) => response.destroy(cause as Error))
  })

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (options.latencyMs) await sleep(options.latencyMs)
    const { method = 'GET', url: asked = '/', headers } = request
    const given = await answer(asked, headers.host ?? `127.0.0.1:${portOf(server)}`)
    const status = given.status === 200 && isUnchanged(request, given) ? 304 : given.status
    const bytes = status === 304 || method === 'HEAD' ? 0 : (given.cutAfter ?? given.body.byteLength)
    requests.push({ method, path: asked, status, bytes })
    send(response, { ...given, status }, method)
  }

  await new Promise<void>((listening) => server.listen(options.port ?? 0, '127.0.0.1', listening))
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    port: portOf(server),
    requests,
    count: (of, status) =>
      requests.filter((one) => one.path === of && (status === undefined || one.status === status)).length,
    async close() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port

/** Pages, photos and furniture, as a well-kept shop serves them. */
async function behave(asked: string, host: string): Promise<Answer> {
  const { pathname } = new URL(asked, 'http://site')
  const [, folder, name] = /^\/([a-z]*)(?:\/(.*))?$/.exec(pathname) ?? []
  if (pathname === '/') return page(listPage())
  if (pathname === '/robots.txt') return answerOf(200, 'text/plain', 'User-agent: *\nDisallow: /private/\n')
  // A shop that answers with a page where a picture was.
  if (pathname === '/photos/heart-badge-box.jpg')
    return page('<!doctype html><title>Sold out</title><h1>Sold out</h1>')
  const item = folder === 'items' && items.find(({ slug }) => slug === name)
  if (item) return page(itemPage(item, host))
  if (folder === 'static') return file('static', name!)
  if (['photos', 'cdn', 'estate', 'private'].includes(folder!)) return file('photos', name!)
  return notFound()
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.jpg': 'image/jpeg',
  '.png': 'image/png',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
}

/** A file of this folder by its last name, wherever the shop pretends it to lie. */
async function file(folder: 'photos' | 'static', named: string): Promise<Answer> {
  const name = decodeURIComponent(path.posix.basename(named))
  const type = types[path.extname(name).toLowerCase()]
  if (!type) return notFound()
  try {
    const body = await readFile(path.join(import.meta.dirname, folder, path.basename(name)))
    return {
      status: 200,
      type,
      body,
      headers: { 'last-modified': lastModified, 'cache-control': 'max-age=3600' },
    }
  } catch {
    return notFound()
  }
}

const page = (html: string) => answerOf(200, 'text/html', html, { 'cache-control': 'no-cache' })
const notFound = () => answerOf(404, 'text/html', '<!doctype html><title>Not found</title><h1>Not found</h1>')

const etagOf = ({ body }: Answer) => `"${createHash('sha256').update(body).digest('hex').slice(0, 20)}"`

/** RFC 9110 §13.1: the ETag decides, and the date only where none was sent. */
function isUnchanged({ headers }: IncomingMessage, answer: Answer): boolean {
  const tags = headers['if-none-match']
  if (tags !== undefined)
    return tags.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etagOf(answer))
  const since = Date.parse(headers['if-modified-since'] ?? '')
  const modified = Date.parse(answer.headers?.['last-modified'] ?? '')
  return modified <= since
}

function send(response: ServerResponse, answer: Answer, method: string): void {
  const { status, type, body, headers, cutAfter } = answer
  const bodiless = status === 304
  response.writeHead(status, {
    ...headers,
    ...(status < 400 && { etag: etagOf(answer) }),
    ...(!bodiless && { 'content-type': type, 'content-length': body.byteLength }),
  })
  if (bodiless || method === 'HEAD') response.end()
  else if (cutAfter === undefined) response.end(body)
  else response.write(body.subarray(0, cutAfter), () => response.destroy())
}

if (import.meta.main) console.log(`${(await startSite()).url}/`)

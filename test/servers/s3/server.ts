import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { crc32 } from 'node:zlib'
import { refused, type Answer } from './answers.ts'
import { bucketOf, type Bucket } from './bucket.ts'
import { makes, type MakeName } from './makes.ts'
import { refusalOf, type Credentials } from './signature.ts'

/** A small S3 server of our own on the loopback, for machines without a real one. */
export interface S3Server {
  readonly url: string
  readonly credentials: Credentials
  readonly asked: readonly { readonly method: string; readonly path: string }[]
  /** The next such requests are refused with this code, unheeded. */
  refuseNext(method: string, code: string, times?: number): void
  stop(): Promise<void>
}

/**
 * Starts a server that holds objects in memory. It checks signatures, digests and lengths, heeds conditional puts,
 * takes uploads in parts, lists in pages; it differs as the makes of S3 do.
 */
export async function startS3(make: MakeName): Promise<S3Server> {
  const credentials = { accessKeyId: 'magpie', secretAccessKey: randomBytes(16).toString('hex') }
  const buckets = new Map<string, Bucket>()
  const asked: { method: string; path: string }[] = []
  const refusals: { method: string; code: string; times: number }[] = []

  const answerTo = (request: IncomingMessage, body: Buffer): Answer | Promise<Answer> => {
    const method = request.method!
    const url = new URL(request.url!, 'http://here')
    asked.push({ method, path: url.pathname })
    const planned = refusals.find((one) => one.method === method && one.times-- > 0)
    if (planned) return refused(planned.code)
    const refusal = refusalOf(request, body, credentials) ?? damageOf(request, body)
    if (refusal) return refused(refusal)
    const [, name = '', ...rest] = url.pathname.split('/').map(decodeURIComponent)
    if (method === 'PUT' && rest.join('/') === '') {
      buckets.set(name, buckets.get(name) ?? bucketOf(makes[make]))
      return { status: 200 }
    }
    const bucket = buckets.get(name)
    if (!bucket) return refused('NoSuchBucket')
    return bucket.answer({
      method,
      key: rest.join('/'),
      query: url.searchParams,
      headers: request.headers,
      body,
    })
  }

  const server = createServer((request, response) => void handle(request, response))
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const body = Buffer.concat((await Array.fromAsync(request)) as Buffer[])
    const answer = await answerTo(request, body)
    const sent = Buffer.from(answer.body ?? '')
    response.writeHead(answer.status, { 'content-length': sent.length, ...answer.headers })
    response.end(request.method === 'HEAD' ? undefined : sent)
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials,
    asked,
    refuseNext: (method, code, times = 1) => void refusals.push({ method, code, times }),
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** What the sender says of the body, held against it. */
function damageOf({ headers, method }: IncomingMessage, body: Buffer): string | null {
  if (method === 'PUT' && headers['content-length'] === undefined) return 'MissingContentLength'
  if (String(headers['x-amz-content-sha256']).startsWith('STREAMING-')) return 'NotImplemented'
  const digests = {
    'content-md5': () => createHash('md5').update(body).digest('base64'),
    'x-amz-checksum-sha256': () => createHash('sha256').update(body).digest('base64'),
    'x-amz-checksum-crc32': () =>
      Buffer.from(crc32(body).toString(16).padStart(8, '0'), 'hex').toString('base64'),
  }
  const wrong = Object.entries(digests).find(([name, digest]) => headers[name] && headers[name] !== digest())
  return wrong ? 'BadDigest' : null
}

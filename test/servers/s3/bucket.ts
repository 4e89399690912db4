import { createHash, randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import { element, refused, xml, type Answer } from './answers.ts'
import type { Make } from './makes.ts'

interface Held {
  readonly bytes: Buffer
  readonly modifiedAt: Date
  readonly headers: Readonly<Record<string, string>>
}

interface Upload {
  readonly key: string
  readonly headers: Held['headers']
  readonly parts: Map<number, Buffer>
}

export interface BucketRequest {
  readonly method: string
  readonly key: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** One bucket: what its requests are answered, once they are known to be allowed and whole. */
export interface Bucket {
  answer(request: BucketRequest): Answer | Promise<Answer>
}

const leastPart = 5 * 2 ** 20

export function bucketOf(make: Make): Bucket {
  const objects = new Map<string, Held>()
  const uploads = new Map<string, Upload>()
  const writing = new Set<string>()

  const write = async (request: BucketRequest, go: () => Answer): Promise<Answer> => {
    const { key, headers } = request
    const isConditional = headers['if-none-match'] === '*'
    if (isConditional && make.conditionalPut === 'refused') return refused('NotImplemented')
    const before = objects.get(key)
    if (isConditional && make.conditionalPut === 'heeded') {
      if (before) return refused('PreconditionFailed')
      if (make.saysConflict && writing.has(key)) return refused('ConditionalRequestConflict')
    }
    if (make.writesApartMs > 0 && (writing.has(key) || ageOf(before) < make.writesApartMs))
      return refused('TooManyRequests')
    writing.add(key)
    // As any real server it takes a moment to write, in which others come.
    await setImmediate()
    writing.delete(key)
    if (isConditional && make.conditionalPut === 'heeded' && objects.has(key))
      return refused('PreconditionFailed')
    return go()
  }
  const put = (request: BucketRequest) =>
    write(request, () => {
      objects.set(request.key, {
        bytes: request.body,
        modifiedAt: new Date(),
        headers: kept(request.headers),
      })
      return { status: 200, headers: { etag: etag(request.body) } }
    })

  const begin = ({ key, headers }: BucketRequest): Answer => {
    const id = randomUUID()
    uploads.set(id, { key, headers: kept(headers), parts: new Map() })
    return xml('InitiateMultipartUploadResult', element('Key', key) + element('UploadId', id))
  }
  const part = ({ query, body }: BucketRequest): Answer => {
    const upload = uploads.get(query.get('uploadId')!)
    if (!upload) return refused('NoSuchUpload')
    upload.parts.set(Number(query.get('partNumber')), body)
    return { status: 200, headers: { etag: etag(body) } }
  }
  const complete = (request: BucketRequest): Answer | Promise<Answer> => {
    const id = request.query.get('uploadId')!
    const upload = uploads.get(id)
    if (!upload) return refused('NoSuchUpload')
    const parts = [...upload.parts].sort(([one], [other]) => one - other).map(([, bytes]) => bytes)
    const listed = [...request.body.toString().matchAll(/<ETag>(?:&quot;|")?([0-9a-f]+)/g)].map(
      ([, tag]) => `"${tag}"`,
    )
    if (listed.join() !== parts.map(etag).join()) return refused('InvalidPart')
    if (parts.slice(0, -1).some(({ length }) => length < leastPart)) return refused('EntityTooSmall')
    if (make.equalParts && parts.slice(0, -1).some(({ length }) => length !== parts[0]!.length))
      return refused('InvalidPart')
    return write(request, () => {
      uploads.delete(id)
      objects.set(request.key, {
        bytes: Buffer.concat(parts),
        modifiedAt: new Date(),
        headers: upload.headers,
      })
      return xml('CompleteMultipartUploadResult', element('Key', request.key))
    })
  }

  const get = ({ key }: BucketRequest): Answer => {
    const held = objects.get(key)
    if (!held) return refused('NoSuchKey')
    const { bytes, modifiedAt, headers } = held
    const about = {
      etag: etag(bytes),
      'last-modified': modifiedAt.toUTCString(),
      'content-length': bytes.length,
    }
    return { status: 200, headers: { ...headers, ...about }, body: bytes }
  }
  const list = ({ query }: BucketRequest): Answer => {
    const prefix = query.get('prefix') ?? ''
    const after = query.get('continuation-token') ?? ''
    // So few that tests walk through several pages.
    const most = Math.min(Number(query.get('max-keys') ?? 1_000), 20)
    const found = [...objects].filter(([key]) => key.startsWith(prefix) && key > after).sort(byKey)
    const page = found.slice(0, most)
    const contents = page.map(([key, { bytes, modifiedAt }]) => {
      const about = element('Key', key) + element('LastModified', modifiedAt.toISOString())
      return `<Contents>${about}${element('Size', bytes.length)}</Contents>`
    })
    const isTruncated = found.length > most
    const next = isTruncated ? element('NextContinuationToken', page.at(-1)![0]) : ''
    return xml('ListBucketResult', element('IsTruncated', isTruncated) + next + contents.join(''))
  }
  const remove = ({ key, query }: BucketRequest): Answer => {
    if (query.has('uploadId')) uploads.delete(query.get('uploadId')!)
    else objects.delete(key)
    return { status: 204 }
  }

  return {
    answer(request) {
      const { method, key, query } = request
      if (method === 'GET' && key === '') return list(request)
      if (method === 'GET' || method === 'HEAD') return get(request)
      if (method === 'DELETE') return remove(request)
      if (method === 'POST' && query.has('uploads')) return begin(request)
      if (method === 'POST' && query.has('uploadId')) return complete(request)
      if (method === 'PUT') return query.has('uploadId') ? part(request) : put(request)
      return refused('NotImplemented')
    },
  }
}

const byKey = ([one]: [string, Held], [other]: [string, Held]) => (one < other ? -1 : 1)
const ageOf = (held: Held | undefined) => Date.now() - (held?.modifiedAt.getTime() ?? 0)
const etag = (bytes: Buffer) => `"${createHash('md5').update(bytes).digest('hex')}"`
const kept = (headers: IncomingHttpHeaders) =>
  Object.fromEntries(
    Object.entries(headers).filter(
      ([name]) => name.startsWith('x-amz-meta-') || name === 'content-type' || name === 'cache-control',
    ) as [string, string][],
  )

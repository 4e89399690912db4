import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Delivery } from '../../delivery/delivery.ts'
import { MagpieError } from '../../errors.ts'
import type { Magpie } from '../../jobs/magpie.ts'
import type { App } from '../typed-app.ts'

const versioned = z.object({ id: z.string(), version: z.coerce.number().int().min(0), file: z.string() })
const current = z.object({ id: z.string(), file: z.string() })

/** `/images/…`: the pictures themselves, at addresses that name their bytes for ever. */
export function imageRoutes(app: App, magpie: Magpie): void {
  app.get('/images/:id/:version/:file', { schema: { params: versioned } }, async (request, reply) => {
    const { params } = request
    const delivery = await magpie.resolve({
      id: params.id,
      version: params.version,
      ...parseFile(params.file),
    })
    return deliver(delivery, request, reply)
  })
  app.get('/images/:id/:file', { schema: { params: current } }, async (request, reply) => {
    const { params } = request
    const delivery = await magpie.resolve({ id: params.id, version: null, ...parseFile(params.file) })
    return deliver(delivery, request, reply)
  })
}

function parseFile(file: string): { variant: string; extension: string } {
  const dot = file.lastIndexOf('.')
  return dot < 0
    ? { variant: file, extension: 'auto' }
    : { variant: file.slice(0, dot), extension: file.slice(dot + 1) }
}

async function deliver(
  delivery: Delivery,
  { headers }: Pick<FastifyRequest, 'headers'>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (delivery.kind === 'placeholder')
    throw new MagpieError('image_not_ready', undefined, { retryAfterMs: delivery.retryAfterSeconds * 1000 })
  if (delivery.kind === 'redirect')
    return reply.header('cache-control', 'public, max-age=60').redirect(delivery.path, 302)
  const { blob, etag, fileName } = delivery
  void reply
    .header('cache-control', 'public, max-age=31536000, immutable')
    .header('etag', etag)
    .header('cross-origin-resource-policy', 'cross-origin')
    // The style is the browser's own, for a picture that is opened by itself.
    .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox")
  if (matches(headers['if-none-match'], etag)) return reply.status(304).send()
  void reply
    .type(blob.mediaType)
    .header('content-length', blob.byteSize)
    .header('content-disposition', `inline; filename="${fileName}"`)
  const body = await delivery.body()
  return reply.send(
    body instanceof Uint8Array
      ? Buffer.from(body.buffer, body.byteOffset, body.byteLength)
      : Readable.fromWeb(body as never),
  )
}

/** RFC 9110 §13.1.2: a list of tags or `*`, compared weakly. */
function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  return ifNoneMatch.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag)
}

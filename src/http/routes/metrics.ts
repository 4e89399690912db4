import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Magpie } from '../../jobs/magpie.ts'
import type { App } from '../typed-app.ts'

/** `/metrics`, for Prometheus; and the counting of all requests, by the route that answers them. */
export function metricsRoutes(app: App, { metrics }: Magpie): void {
  app.get('/metrics', async (_, reply) =>
    reply
      .type(metrics.contentType)
      .header('cache-control', 'no-store')
      .send(await metrics.text()),
  )
  app.addHook('onResponse', async ({ method, routeOptions }, reply) => {
    const { statusCode: status, elapsedTime: tookMs } = reply
    const byteSize = sentBytes(method, reply)
    metrics.countRequest({ method, route: routeOptions.url ?? null, status, tookMs, byteSize })
  })
}

/** What was sent of a body: all that was announced, if it was sent to its end. */
function sentBytes(method: FastifyRequest['method'], reply: FastifyReply): number {
  if (method === 'HEAD' || !reply.raw.writableFinished) return 0
  return Number(reply.getHeader('content-length') ?? 0)
}

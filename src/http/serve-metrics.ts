import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Magpie } from '../jobs/magpie.ts'
import { listenError, type Served } from './serve.ts'

type Seen = Pick<Magpie, 'metrics' | 'readiness' | 'log'>

/**
 * Answers `/metrics`, `/healthz` and `/readyz`, and nothing else: for a process that works and does not serve.
 * Throws `address_in_use`, `address_unavailable`.
 */
export async function serveMetrics(
  magpie: Seen,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Served> {
  const server = createServer((request, response) => {
    const [pathname = ''] = (request.url ?? '').split('?')
    const isAsked = request.method === 'GET' || request.method === 'HEAD'
    answer(magpie, isAsked ? pathname : '', response).catch((err: unknown) => {
      magpie.log.error({ err }, 'the metrics could not be told')
      response.destroy()
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(asError(listenError(cause, host, port))))
    server.listen(port, host, resolve)
  })
  const { port: taken } = server.address() as AddressInfo
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

const asError = (cause: unknown) => (cause instanceof Error ? cause : new Error(String(cause)))

async function answer(magpie: Seen, pathname: string, response: ServerResponse): Promise<void> {
  const send = (status: number, type: string, body: string) =>
    response
      .writeHead(status, {
        'content-type': type,
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      })
      .end(body)
  if (pathname === '/metrics') {
    send(200, magpie.metrics.contentType, await magpie.metrics.text())
  } else if (pathname === '/healthz') {
    send(200, 'application/json', JSON.stringify({ status: 'ok' }))
  } else if (pathname === '/readyz') {
    const { isReady, checks } = await magpie.readiness()
    send(
      isReady ? 200 : 503,
      'application/json',
      JSON.stringify({ status: isReady ? 'ok' : 'unavailable', checks }),
    )
  } else {
    send(404, 'text/plain', 'There are /metrics, /healthz and /readyz.\n')
  }
}

import type { Magpie } from '../../jobs/magpie.ts'
import type { App } from '../typed-app.ts'

/** Whether the process lives, and whether it can work. */
export function healthRoutes(app: App, magpie: Magpie): void {
  app.get('/healthz', () => ({ status: 'ok' }))
  app.get('/readyz', async (_, reply) => {
    const { isReady, checks } = await magpie.readiness()
    return reply
      .status(isReady ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ status: isReady ? 'ok' : 'unavailable', checks })
  })
}

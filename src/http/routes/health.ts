import type { Magpie } from '../../jobs/magpie.ts'
import type { App } from '../typed-app.ts'

/** Whether the process lives, whether it can work, and what it has to do. */
export function healthRoutes(app: App, magpie: Magpie): void {
  app.get('/healthz', () => ({ status: 'ok' }))
  app.get('/readyz', async () => {
    await magpie.ping()
    return { status: 'ok' }
  })
  app.get('/v1/status', async () => {
    const [catalogs, failures, jobs] = await Promise.all([
      magpie.stats.catalogs(),
      magpie.stats.failures(),
      magpie.queue.counts(),
    ])
    return { catalogs, failures, jobs, traffic: magpie.traffic }
  })
}

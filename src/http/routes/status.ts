import type { Magpie } from '../../jobs/magpie.ts'
import { readStatus } from '../../jobs/status.ts'
import type { App } from '../typed-app.ts'

/** What there is, what waits, who works, what is held up; and what comes by the clock. */
export function statusRoutes(app: App, magpie: Magpie): void {
  app.get('/v1/status', () => readStatus(magpie))
  app.get('/v1/schedules', async () => ({ schedules: await magpie.queue.schedules.list() }))
}

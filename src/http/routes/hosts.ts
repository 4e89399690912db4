import { z } from 'zod'
import type { Magpie } from '../../jobs/magpie.ts'
import type { App } from '../typed-app.ts'

/** `/v1/hosts`: the hosts that were asked; those that refuse are paused, and can be resumed by hand. */
export function hostRoutes(app: App, magpie: Magpie): void {
  app.get('/v1/hosts', async () => ({ hosts: await magpie.hosts.states() }))

  app.post(
    '/v1/hosts/:host/resume',
    { schema: { params: z.object({ host: z.string() }) } },
    async ({ params: { host } }) => ({ host, resumed: await magpie.hosts.resume(host) }),
  )
}

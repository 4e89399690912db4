import { z } from 'zod'
import { MagpieError } from '../../errors.ts'
import type { Magpie } from '../../jobs/magpie.ts'
import type { App } from '../typed-app.ts'

const params = z.object({ catalog: z.string() })
/** What the settings may be, the catalogue itself says. */
const body = z.looseObject({ name: z.string().optional() })

/** `/v1/catalogs`: the catalogues, their settings and their numbers. */
export function catalogRoutes(app: App, magpie: Magpie): void {
  app.get('/v1/catalogs', async () => ({ catalogs: await magpie.catalogs.list() }))

  app.get('/v1/catalogs/:catalog', { schema: { params } }, ({ params: { catalog } }) =>
    magpie.catalogs.get(catalog),
  )

  app.put(
    '/v1/catalogs/:catalog',
    { schema: { params, body } },
    async ({ params: { catalog }, body: { name = catalog, ...settings } }, reply) => {
      if (name !== catalog)
        throw new MagpieError('input_invalid', `/name: must be "${catalog}", as in the address, or left out`)
      const saved = await magpie.saveCatalog(catalog, settings)
      return reply.status(saved.isNew ? 201 : 200).send(saved.catalog)
    },
  )

  app.delete('/v1/catalogs/:catalog', { schema: { params } }, async ({ params: { catalog } }, reply) => {
    await magpie.removeCatalog(catalog)
    return reply.status(204).send()
  })

  app.get('/v1/catalogs/:catalog/stats', { schema: { params } }, async ({ params: { catalog } }) => {
    await magpie.catalogs.get(catalog)
    return (await magpie.stats.catalogs()).find((one) => one.catalog === catalog)
  })
}

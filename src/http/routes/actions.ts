import { z } from 'zod'
import type { ItemId } from '../../catalog/ids.ts'
import { errorCodes } from '../../errors.ts'
import type { Magpie } from '../../jobs/magpie.ts'
import { findItem } from '../../jobs/find-item.ts'
import { orNothing } from '../schemas.ts'
import type { App } from '../typed-app.ts'

const params = z.object({ catalog: z.string() })
const limit = z.number().int().min(1)
const toSync = orNothing(z.strictObject({ item: z.string().optional(), limit: limit.optional() }))
const toRetry = orNothing(
  z.strictObject({
    code: z.enum(errorCodes).optional(),
    limit: limit.max(10_000).default(10_000),
    dryRun: z.boolean().default(false),
  }),
)

/** `/v1/catalogs/{c}/actions`: what is to be done with a catalogue, now. */
export function actionRoutes(app: App, magpie: Magpie): void {
  app.post(
    '/v1/catalogs/:catalog/actions/sync',
    { schema: { params, body: toSync } },
    async ({ params: { catalog }, body }, reply) => {
      const item = body.item === undefined ? {} : { item: await idOf(magpie, catalog, body.item) }
      const { items } = await magpie.sync({
        catalog,
        ...item,
        ...(body.limit !== undefined && { limit: body.limit }),
      })
      return reply.status(202).send({ items })
    },
  )

  app.post(
    '/v1/catalogs/:catalog/actions/retry',
    { schema: { params, body: toRetry } },
    async ({ params: { catalog }, body: { code, limit, dryRun } }, reply) => {
      const { images, items } = await magpie.retry({ catalog, limit, dryRun, ...(code && { code }) })
      return reply.status(dryRun ? 200 : 202).send({ dryRun, images, items })
    },
  )
}

async function idOf(magpie: Magpie, catalog: string, key: string): Promise<ItemId> {
  await magpie.catalogs.get(catalog)
  return (await findItem(magpie, catalog, key)).item.id
}

import { z } from 'zod'
import type { Magpie } from '../../jobs/magpie.ts'
import type { App } from '../typed-app.ts'
import { findItem } from '../find-item.ts'
import { imageView } from '../image-view.ts'

const inCatalog = z.object({ catalog: z.string() })
const ofItem = inCatalog.extend({ item: z.string() })
const paging = z.object({
  cursor: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
const filters = z.object({
  state: z.enum(['pending', 'ready', 'stale', 'rejected', 'failed', 'gone']).optional(),
  kind: z.enum(['product', 'lifestyle', 'graphic', 'other']).optional(),
  hero: z.stringbool().optional(),
  minScore: z.coerce.number().min(0).max(100).optional(),
  sort: z.enum(['rank', 'score', 'recent']).default('rank'),
})

/** The read part of `/v1`: catalogues, their items, the items' images. */
export function catalogRoutes(app: App, magpie: Magpie): void {
  app.get('/v1/catalogs', async () => ({ catalogs: await magpie.catalogs.list() }))

  app.get('/v1/catalogs/:catalog', { schema: { params: inCatalog } }, ({ params }) =>
    magpie.catalogs.get(params.catalog),
  )

  app.get('/v1/catalogs/:catalog/stats', { schema: { params: inCatalog } }, async ({ params }) => {
    await magpie.catalogs.get(params.catalog)
    return (await magpie.stats.catalogs()).find(({ catalog }) => catalog === params.catalog)
  })

  app.get(
    '/v1/catalogs/:catalog/items',
    { schema: { params: inCatalog, querystring: paging } },
    async ({ params, query }) => {
      await magpie.catalogs.get(params.catalog)
      return magpie.listItems(params.catalog, { cursor: query.cursor ?? null, limit: query.limit })
    },
  )

  app.get('/v1/catalogs/:catalog/items/:item', { schema: { params: ofItem } }, async ({ params }) => {
    const { item, failure } = await findItem(magpie, params.catalog, params.item)
    return { ...item, failure }
  })

  app.get(
    '/v1/catalogs/:catalog/items/:item/images',
    { schema: { params: ofItem, querystring: filters } },
    async ({ params, query }) => {
      const { item, catalog } = await findItem(magpie, params.catalog, params.item)
      const views = (await magpie.images.ofItem(item.id)).map((image) => imageView(image, catalog))
      const wanted = views.filter(
        (view) =>
          (query.state === undefined || view.state === query.state) &&
          (query.kind === undefined || view.kind === query.kind) &&
          (query.hero === undefined || view.hero === query.hero) &&
          (query.minScore === undefined || (view.score ?? -1) >= query.minScore),
      )
      return { images: wanted.sort(orders[query.sort]) }
    },
  )
}

type View = ReturnType<typeof imageView>

const orders: Readonly<Record<'rank' | 'score' | 'recent', (a: View, b: View) => number>> = {
  // What is not shown comes last, in the source's order.
  rank: (a, b) => (a.rank ?? Infinity) - (b.rank ?? Infinity) || a.position - b.position,
  score: (a, b) => (b.score ?? -1) - (a.score ?? -1) || a.position - b.position,
  recent: (a, b) => (b.fetchedAt?.getTime() ?? 0) - (a.fetchedAt?.getTime() ?? 0) || a.position - b.position,
}

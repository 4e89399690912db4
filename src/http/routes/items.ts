import { z } from 'zod'
import type { Magpie } from '../../jobs/magpie.ts'
import { findItem } from '../../jobs/find-item.ts'
import { byRank, imageView, type ImageView } from '../image-view.ts'
import { paging } from '../schemas.ts'
import type { App } from '../typed-app.ts'

const inCatalog = z.object({ catalog: z.string() })
const ofItem = inCatalog.extend({ item: z.string() })
const filters = z.object({
  state: z.enum(['pending', 'ready', 'stale', 'rejected', 'failed', 'gone']).optional(),
  kind: z.enum(['product', 'lifestyle', 'graphic', 'other']).optional(),
  hero: z.stringbool().optional(),
  minScore: z.coerce.number().min(0).max(100).optional(),
  sort: z.enum(['rank', 'score', 'recent']).default('rank'),
})

/** `/v1/catalogs/{c}/items`: a catalogue's items, and their images. */
export function itemRoutes(app: App, magpie: Magpie): void {
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

const orders: Readonly<Record<'rank' | 'score' | 'recent', (a: ImageView, b: ImageView) => number>> = {
  rank: byRank,
  score: (a, b) => (b.score ?? -1) - (a.score ?? -1) || a.position - b.position,
  recent: (a, b) => (b.fetchedAt?.getTime() ?? 0) - (a.fetchedAt?.getTime() ?? 0) || a.position - b.position,
}

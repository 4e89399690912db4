import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { catalogName } from '../../catalog/catalog.ts'
import { isId, type ItemId } from '../../catalog/ids.ts'
import { MagpieError } from '../../errors.ts'
import { following } from '../../jobs/follow.ts'
import type { Magpie } from '../../jobs/magpie.ts'
import { byRank, imageView } from '../image-view.ts'
import { preferredWaitS } from '../prefer.ts'
import type { App } from '../typed-app.ts'

const body = z.strictObject({
  url: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).max(8_192),
  catalog: catalogName.default('pages'),
  maxImages: z.number().int().min(1).max(10_000).optional(),
  minScore: z.number().min(0).max(100).optional(),
})

/** An item that is scraped, since a moment of the database's clock: all that has to be known to ask how far it is. */
interface Scrape {
  readonly item: ItemId
  readonly since: Date
}

/** `/v1/scrapes`: one page becomes an item with images; its progress can be asked for, or waited for. */
export function scrapeRoutes(app: App, magpie: Magpie): void {
  const closing = new AbortController()
  app.addHook('preClose', async () => closing.abort())

  app.post('/v1/scrapes', { schema: { body } }, async ({ body, headers }, reply) => {
    const since = await magpie.items.now()
    const { url, catalog, ...keep } = body
    const limits = Object.fromEntries(Object.entries(keep).filter(([, limit]) => limit !== undefined))
    const item = await magpie.scrape({ url, catalog, keep: limits })
    const waitS = preferredWaitS(headers.prefer)
    if (waitS !== null) {
      void reply.header('preference-applied', `wait=${waitS}`)
      await finishing(magpie, { item, since }, endOf(waitS, closing.signal, reply))
    }
    const scrape = await scrapeView(magpie, { item, since })
    if (scrape.state === 'finished') return reply.status(200).send(scrape)
    return reply
      .status(202)
      .header('location', `/v1/scrapes/${scrape.id}`)
      .header('retry-after', '1')
      .send(scrape)
  })

  app.get(
    '/v1/scrapes/:id',
    { schema: { params: z.object({ id: z.string() }) } },
    async ({ params: { id } }, reply) => {
      const scrape = await scrapeView(magpie, fromId(id))
      if (scrape.state === 'working') void reply.header('retry-after', '1')
      return reply.header('cache-control', 'no-store').send(scrape)
    },
  )
}

/** The client's patience, ours, or the client itself is at an end. */
function endOf(waitS: number, closing: AbortSignal, { raw }: FastifyReply): AbortSignal {
  const gone = new AbortController()
  raw.once('close', () => gone.abort())
  return AbortSignal.any([AbortSignal.timeout(waitS * 1000), closing, gone.signal])
}

/** Resolves when nothing of the item waits any more, or the signal aborts. Whoever works: the tables tell. */
async function finishing(magpie: Magpie, { item, since }: Scrape, signal: AbortSignal): Promise<void> {
  const looks = following(magpie.items, { which: [item], since }, signal)
  while (!(await looks.next()).done);
}

async function scrapeView(magpie: Magpie, { item: id, since }: Scrape) {
  const progress = await magpie.items.progress([id], since)
  const found = await magpie.items.find(id)
  if (!found) throw new MagpieError('item_not_found')
  const { item, catalog, failure } = found
  const images = await magpie.images.ofItem(id)
  return {
    id: toId({ item: id, since }),
    state: progress.finished > 0 ? 'finished' : 'working',
    catalog: item.catalog,
    item: { id, externalId: item.externalId, title: item.title, failure },
    progress: {
      ...{ waiting: progress.waiting, images: progress.images, nextAttemptAt: progress.nextAttemptAt },
    },
    images: images.map((image) => imageView(image, catalog)).sort(byRank),
  }
}

const toId = ({ item, since }: Scrape) => `${item}.${since.getTime().toString(36)}`

function fromId(id: string): Scrape {
  const [, item, at] = /^(.{36})\.([0-9a-z]{1,9})$/.exec(id) ?? []
  if (item === undefined || at === undefined || !isId(item))
    throw new MagpieError('item_not_found', `There is no scrape "${id}".`, {
      remedy: 'Its id is in the answer to POST /v1/scrapes.',
    })
  return { item: item as ItemId, since: new Date(parseInt(at, 36)) }
}

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { haveDatabase } from '../../test/given.ts'
import type { ItemId } from '../catalog/ids.ts'
import { aShop, hasty } from './given.suite.ts'

const good = [
  '/photos/wrap-dress.jpg',
  '/photos/linen-dress.jpg',
  '/photos/cropped-tee.jpg',
  '/photos/raglan-tee.jpg',
]

describe.runIf(haveDatabase)('arranging', () => {
  const shop = aShop()
  const ranks = async (id: ItemId) =>
    Object.fromEntries(
      (await shop.images(id)).flatMap((image) =>
        image.state === 'ready' ? [[image.url.slice(shop.site.url.length), image.rank]] : [],
      ),
    )
  const keeping = async (name: string, maxImages: number) => {
    await shop.magpie.catalogs.ensure(name, {
      ...hasty,
      keep: { maxImages, minScore: 20, min: { width: 200, height: 200 } },
    })
    return name
  }

  it('calls upon candidates that were left unfetched, when those that were chosen fell out', async () => {
    // One is kept, so four are fetched: none of them can be had.
    const dead = [1, 2, 3, 4].map((n) => `/status/404/photos/${n}.jpg`)
    const id = await shop.item(await keeping('reserve', 1), ...dead, ...good)
    const before = await shop.images(id)
    expect(before.map((image) => (image.state === 'rejected' ? image.verdict.reason : image.state))).toEqual([
      ...dead.map(() => 'pending'),
      ...good.map(() => 'surplus'),
    ])
    await shop.finish()
    expect(Object.values(await ranks(id))).toEqual([0])
    expect((await shop.images(id)).filter(({ state }) => state === 'failed')).toHaveLength(4)
    expect(good.filter((path) => shop.site.count(path) > 0)).toHaveLength(1)
    // They count against their host as those did that were chosen first.
    const { jobs } = await shop.magpie.queue.list({ kind: 'ingest-image' }, { cursor: null, limit: 10 })
    expect(jobs.map(({ host }) => host)).toEqual(Array(5).fill(new URL(shop.site.url).host))
  })

  it('sets surplus aside with what it is worth, and takes it back when more are wanted', async () => {
    const id = await shop.item(await keeping('surplus', 2), ...good)
    await shop.finish()
    expect(Object.values(await ranks(id))).toEqual([0, 1])
    const aside = (await shop.images(id)).filter(({ state }) => state === 'rejected')
    expect(aside).toMatchObject(
      [1, 2].map(() => ({ verdict: { reason: 'surplus', otherwise: { accepted: true } } })),
    )

    const { item } = (await shop.magpie.items.find(id))!
    const asked = shop.site.requests.length
    const page = `<main>${good.map((at) => `<img src="${shop.site.url}${at}" width="900" height="1200" alt="The item, seen from somewhere">`).join('')}</main>`
    await shop.magpie.scrape({ url: item.externalId, page, catalog: 'surplus', keep: { maxImages: 4 } })
    await shop.finish()
    expect(await ranks(id)).toEqual(Object.fromEntries(good.map((path, rank) => [path, rank])))
    expect(shop.site.requests).toHaveLength(asked)
  })

  it('follows the page when it puts its pictures in another order, without fetching any', async () => {
    const id = await shop.item(await keeping('order', 10), ...good)
    await shop.finish()
    const { item } = (await shop.magpie.items.find(id))!
    const asked = shop.site.requests.length
    const turned = good.toReversed()
    const page = `<main>${turned.map((at) => `<img src="${shop.site.url}${at}" width="900" height="1200" alt="The item, seen from somewhere">`).join('')}</main>`
    await shop.magpie.scrape({ url: item.externalId, page, catalog: 'order' })
    await shop.finish()
    expect(await ranks(id)).toEqual(Object.fromEntries(turned.map((path, rank) => [path, rank])))
    expect(shop.site.requests).toHaveLength(asked)
  })

  it('has nothing to arrange where nothing could be had, and says that the item is finished', async () => {
    const id = await shop.item(await keeping('nothing', 10), '/status/404/photos/1.jpg')
    await shop.finish()
    expect(await ranks(id)).toEqual({})
  })
})

describe.runIf(haveDatabase)('discovering', () => {
  const shop = aShop()

  it('says what is wrong with a page, and forgets it once the page can be read', async () => {
    await shop.magpie.catalogs.ensure('pages', hasty)
    const failureOf = async (path: string) => {
      const id = await shop.magpie.scrape({ url: shop.site.url + path, catalog: 'pages' })
      await shop.finish()
      return (await shop.magpie.items.find(id))!.failure
    }
    expect(await failureOf('/status/404/items/relaxed-jeans')).toMatchObject({ code: 'source_not_found' })
    expect(await failureOf('/photos/relaxed-jeans.jpg')).toMatchObject({ code: 'not_html' })
    expect(await failureOf('/private/x')).toMatchObject({ code: 'robots_disallowed' })
    expect(await failureOf('/flaky/1/items/relaxed-jeans')).toBeNull()
  })

  it('forgets a failure too when the page comes back as it was', async () => {
    const page = await startFickle()
    const id = await shop.magpie.scrape({ url: page.url, catalog: 'pages' })
    await shop.finish()
    page.answers = 404
    await shop.magpie.scrape({ url: page.url, catalog: 'pages' })
    await shop.finish()
    expect((await shop.magpie.items.find(id))!.failure).toMatchObject({ code: 'source_not_found' })
    page.answers = 304
    await shop.magpie.scrape({ url: page.url, catalog: 'pages' })
    await shop.finish()
    expect(shop.magpie.traffic.pagesUnchanged).toBe(1)
    expect((await shop.magpie.items.find(id))!.failure).toBeNull()
  })
})

/** A page whose server answers as it is told. */
async function startFickle(): Promise<{ readonly url: string; answers: number }> {
  const page = { url: '', answers: 200 }
  const server = createServer(({ url }, response) => {
    const isPage = url === '/item'
    response.writeHead(isPage ? page.answers : 404, { etag: '"1"', 'content-type': 'text/html' })
    response.end(
      page.answers === 200 && isPage ? '<title>An item</title><main>No pictures yet.</main>' : undefined,
    )
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(() => void server.close())
  page.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/item`
  return page
}

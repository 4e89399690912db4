import { describe, expect, it } from 'vitest'
import { haveDatabase, until } from '../../test/given.ts'
import type { ItemId } from '../catalog/ids.ts'
import { aShop, hasty } from './given.suite.ts'
import type { Queue } from './jobs.ts'

const jeans = '/photos/relaxed-jeans.jpg'

describe.runIf(haveDatabase)('ingesting', () => {
  const shop = aShop()
  const catalog = async (name: string, freshForMs = 3_600_000) => {
    await shop.magpie.catalogs.ensure(name, { ...hasty, freshness: { freshForMs } })
    return name
  }
  const only = async (id: ItemId) => (await shop.images(id))[0]!
  const downloaded = () => shop.magpie.traffic.downloaded

  it('downloads an address once that two items show one after the other, and says that it is known', async () => {
    const first = await shop.item(await catalog('twins'), jeans)
    await shop.finish()
    const before = { asked: shop.site.count(jeans), known: shop.magpie.traffic.known }
    const second = await shop.item('twins', jeans)
    await shop.finish()
    expect(shop.site.count(jeans)).toBe(before.asked)
    expect(shop.magpie.traffic.known).toBe(before.known + 1)
    expect((await only(second)).asset).toEqual((await only(first)).asset)
    expect(await only(second)).toMatchObject({ state: 'ready', version: 1 })
  })

  it('shares one download between two items that want it at the same time, and counts one', async () => {
    const at = '/slow/700/photos/wrap-dress.jpg'
    const before = downloaded()
    const both = [await shop.item(await catalog('together'), at), await shop.item('together', at)]
    await shop.finish()
    expect(shop.site.count(at)).toBe(1)
    expect(downloaded()).toBe(before + 1)
    const [one, two] = [await only(both[0]!), await only(both[1]!)]
    expect([one.state, two.state]).toEqual(['ready', 'ready'])
    expect(one.asset).toEqual(two.asset)
  })

  it('gives no catalogue what another fetched with credentials, one after the other or at the same time', async () => {
    const at = '/slow/700/photos/green-stair.jpg'
    const policy = { ...hasty.policy, headers: { 'x-token': 'secret' } }
    await shop.magpie.catalogs.ensure('secret', { ...hasty, policy })
    const ids = [await shop.item('secret', at), await shop.item(await catalog('open'), at)]
    await shop.finish()
    expect(shop.site.count(at)).toBe(2)
    ids.push(await shop.item('secret', at), await shop.item('open', at))
    await shop.finish()
    expect(shop.site.count(at)).toBe(2)
    const states = (await Promise.all(ids.map(only))).map(({ state }) => state)
    expect(states).toEqual(Array(4).fill('ready'))
  })

  it('lets no catalogue have what it may not ask for, though another may', async () => {
    const at = '/private/hall.webp'
    const policy = { ...hasty.policy, robots: 'ignore' } as const
    await shop.magpie.catalogs.ensure('licensed', { ...hasty, policy })
    const licensed = await shop.item('licensed', at)
    await shop.finish()
    const unasked = await shop.item(await catalog('unasked'), at)
    await shop.finish()
    expect(await only(licensed)).toMatchObject({ state: 'ready' })
    expect(await only(unasked)).toMatchObject({ state: 'failed', code: 'robots_disallowed' })
  })

  it('stores equal bytes under two addresses once', async () => {
    const other = '/cdn/f_auto,q_80/linen-dress.jpg?v=2'
    const before = shop.blobs('originals').length
    const both = [
      await shop.item(await catalog('equal'), '/photos/linen-dress.jpg'),
      await shop.item('equal', other),
    ]
    await shop.finish()
    expect(shop.site.count(other)).toBe(1)
    const [one, two] = [await only(both[0]!), await only(both[1]!)]
    expect(one.asset!.id).toBe(two.asset!.id)
    expect(shop.blobs('originals')).toHaveLength(before + 1)
  })

  it('keeps what it holds where the source says that nothing has changed', async () => {
    const at = '/photos/ankle-jeans-hem.jpg'
    const id = await shop.item(await catalog('revalidated', 0), at)
    await shop.finish()
    const before = await only(id)
    await again(id, at)
    expect([shop.site.count(at, 200), shop.site.count(at, 304)]).toEqual([1, 1])
    const after = await only(id)
    expect(after).toMatchObject({ state: 'ready', version: 1, asset: before.asset! })
    expect((after as { fetchedAt: Date }).fetchedAt.getTime()).toBeGreaterThan(
      (before as { fetchedAt: Date }).fetchedAt.getTime(),
    )
  })

  it('takes another picture at the same address as a new version', async () => {
    const at = `/changing${jeans}`
    const id = await shop.item(await catalog('changing', 0), at)
    await shop.finish()
    const before = await only(id)
    await again(id, at)
    const after = await only(id)
    expect(after).toMatchObject({ id: before.id, state: 'ready', version: before.version + 1 })
    expect(after.asset!.id).not.toBe(before.asset!.id)
  })

  it('shows the old picture while the source is down', async () => {
    const at = '/photos/raglan-tee-collar.jpg'
    const id = await shop.item(await catalog('stale', 0), at)
    await shop.finish()
    await again(id, `/status/404${at}`, at)
    const images = await shop.images(id)
    expect(images.map(({ state }) => state)).toEqual(['failed', 'ready'])
  })

  it('tries again what failed in passing, and waits as long as the source asks', async () => {
    const [flaky, busy] = ['/flaky/1/photos/cropped-tee.jpg', '/busy/1/photos/raglan-tee.jpg']
    const id = await shop.item(await catalog('patient'), flaky, busy)
    await shop.finish()
    expect((await shop.images(id)).map(({ state }) => state)).toEqual(['ready', 'ready'])
    expect([shop.site.count(flaky, 503), shop.site.count(flaky, 200)]).toEqual([1, 1])
    expect([shop.site.count(busy, 429), shop.site.count(busy, 200)]).toEqual([1, 1])
  })

  it('says of each picture that cannot be had where it failed and why, and that the others came', async () => {
    const fates = {
      '/status/404/photos/a.jpg': ['failed', 'fetch', 'source_not_found'],
      '/status/403/photos/b.jpg': ['failed', 'fetch', 'source_forbidden'],
      '/photos/heart-badge-box.jpg': ['failed', 'fetch', 'not_an_image'],
      '/private/meadow.webp': ['failed', 'fetch', 'robots_disallowed'],
      '/status/410/photos/c.jpg': ['failed', 'fetch', 'source_gone'],
      '/photos/meadow.webp': ['ready', undefined, undefined],
    }
    const id = await shop.item(await catalog('failing'), ...Object.keys(fates))
    await shop.finish()
    const became = Object.fromEntries(
      (await shop.images(id)).map((image) => [
        image.url.slice(shop.site.url.length),
        image.state === 'failed'
          ? [image.state, image.stage, image.code]
          : [image.state, undefined, undefined],
      ]),
    )
    expect(became).toEqual({ ...fates, '/photos/heart-badge-box.jpg': ['failed', 'inspect', 'not_an_image'] })
  })

  it('fetches no picture of a private network, whatever a page says', async () => {
    const id = await shop.magpie.scrape({
      url: `${shop.site.url}/evil`,
      page: '<main><img src="http://127.0.0.2:8081/a.jpg" width=900 height=900 alt="x"><img src="http://[::1]:8081/b.jpg" width=900 height=900 alt="y"></main>',
      catalog: await catalog('private'),
    })
    await shop.finish()
    expect((await shop.images(id)).map((image) => image.state === 'failed' && image.code)).toEqual([
      'address_private',
      'address_private',
    ])
  })

  it('takes in whatever words a page has, and addresses that no host has', async () => {
    const data = { images: [{ url: `${shop.site.url}/photos/calla.webp`, alt: 'a\0b \ud800' }] }
    const page = `<title>NUL \0 title</title><main><script type="application/json">${JSON.stringify(data)}</script>
      <img src="http://%00/" width=900 height=900><img src="https://exa mple/" width=900 height=900><img src="http://[" width=900 height=900></main>`
    const id = await shop.magpie.scrape({
      url: `${shop.site.url}/words`,
      page,
      catalog: await catalog('words'),
    })
    await shop.finish()
    expect((await shop.images(id)).map(({ url, state }) => [url.slice(-11), state])).toContainEqual([
      '/calla.webp',
      'ready',
    ])
  })

  it('comes to no harm when a job is delivered twice, one after the other or at the same time', async () => {
    const queue = shop.magpie.queue as Queue
    const at = '/slow/700/photos/cropped-tee-waist.jpg'
    const id = await shop.item(await catalog('twice'), at)
    const { id: imageId } = await only(id)
    const twice = until(async () => {
      const active = (await queue.counts()).some(
        ({ kind, state }) => kind === 'ingest-image' && state === 'active',
      )
      if (active) await queue.enqueue('ingest-image', { imageId })
      return active
    })
    await shop.finish()
    await twice
    const before = await only(id)
    await queue.enqueue('ingest-image', { imageId })
    await queue.enqueue('arrange-item', { itemId: id })
    await shop.finish()
    expect(shop.site.count(at)).toBe(1)
    expect(before).toMatchObject({ state: 'ready', version: 1, rank: 0, verdict: { hero: true } })
    expect(await only(id)).toEqual(before)
  })

  /** The page of the item again, with these pictures, after its images have become stale. */
  const again = async (id: ItemId, ...pictures: readonly string[]) => {
    const { item } = (await shop.magpie.items.find(id))!
    const source = item.sources[0] as { url: string }
    const page = `<main>${pictures.map((at) => `<img src="${shop.site.url}${at}" width="900" height="1200" alt="The item, seen from somewhere">`).join('')}</main>`
    expect(await shop.magpie.scrape({ url: source.url, page, catalog: item.catalog })).toBe(id)
    await shop.finish()
  }
})

import { describe, expect, it, onTestFinished } from 'vitest'
import { aPlace, haveDatabase, onServer, silent } from '../../test/given.ts'
import type { CatalogChanges } from '../catalog/catalog.ts'
import type { ItemId } from '../catalog/ids.ts'
import { openMagpie } from '../main.ts'
import { hasty, work } from './given.suite.ts'
import { anOrigin, type Larger, type Origin } from './largest.suite.ts'
import type { Magpie } from './magpie.ts'

const small = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => `/p${from + at}-400x300.jpg`)

describe.runIf(haveDatabase)('fetching the largest version', () => {
  async function aShop(
    larger: Larger,
    changes: CatalogChanges = {},
    settings: Readonly<Record<string, string>> = {},
  ) {
    const origin = await anOrigin(larger)
    const place = await aPlace(settings)
    onTestFinished(() => place.remove())
    const shop = { origin, place, magpie: await opened(place.config) }
    await shop.magpie.catalogs.ensure('shop', { ...hasty, ...changes })
    return shop
  }

  async function opened(config: Parameters<typeof openMagpie>[0]) {
    const magpie = await openMagpie(config, silent)
    let isOpen = true
    const close = async () => {
      if (isOpen) await magpie.close()
      isOpen = false
    }
    onTestFinished(close)
    return { ...magpie, close }
  }

  let pages = 0
  const item = (magpie: Magpie, origin: Origin, paths: readonly string[], url?: string): Promise<ItemId> =>
    magpie.scrape({
      url: url ?? `${origin.url}/page-${(pages += 1)}`,
      page: `<!doctype html><title>A room</title><main><h1>A room</h1>${paths
        .map((path) => `<img src="${origin.url}${path}" width="400" height="300" alt="The room">`)
        .join('\n')}</main>`,
      catalog: 'shop',
    })
  const shown = async (magpie: Magpie, id: ItemId) =>
    (await magpie.images.ofItem(id)).map((image) => ({
      state: image.state,
      width: image.asset?.facts.bounds.width,
      path: new URL(image.url).pathname,
      from: 'fetchedUrl' in image && image.fetchedUrl ? new URL(image.fetchedUrl).pathname : null,
    }))
  const ingested = async (magpie: Magpie, origin: Origin, paths: readonly string[]) => {
    const id = await item(magpie, origin, paths)
    await work(magpie)
    return shown(magpie, id)
  }

  it('keeps the larger version where it is the same picture, under the URL that the page names', async () => {
    const { magpie, origin } = await aShop('same')
    expect(await ingested(magpie, origin, small(1, 1))).toEqual([
      { state: 'ready', width: 1200, path: '/p1-400x300.jpg', from: '/p1.jpg' },
    ])
    expect(origin.asked.map(({ path }) => path)).toEqual(['/p1.jpg', '/p1-400x300.jpg'])
  })

  it.each<readonly [string, Larger]>([
    ['another picture', 'other'],
    ['smaller', 'smaller'],
    ['not there', 'missing'],
    ['a web page', 'page'],
  ])('keeps what the page names where the guess is %s, and guesses no more after two', async (_, larger) => {
    const { magpie, origin } = await aShop(larger)
    const images = await ingested(magpie, origin, small(1, 6))
    expect(images).toEqual(small(1, 6).map((path) => ({ state: 'ready', width: 400, path, from: null })))
    expect([origin.count('larger'), origin.count('named')]).toEqual([2, 6])
    expect((await magpie.hosts.states()).every(({ pausedUntil, rate }) => !pausedUntil && rate === 1)).toBe(
      true,
    )
  })

  it('guesses on for whole pictures where thumbnails are cut to squares', async () => {
    const { magpie, origin } = await aShop('same')
    const squares = [1, 2, 3, 4].map((at) => `/p${at}-300x300.jpg`)
    expect(await ingested(magpie, origin, squares)).toMatchObject(Array(4).fill({ width: 300, from: null }))
    expect(origin.count('larger')).toBe(2)
    expect(await ingested(magpie, origin, small(5, 6))).toMatchObject(Array(2).fill({ width: 1200 }))
  })

  it('asks for the larger version alone once three were right', async () => {
    const { magpie, origin } = await aShop('same')
    const images = await ingested(magpie, origin, small(1, 10))
    expect(images.every(({ width, from }) => width === 1200 && from !== null)).toBe(true)
    expect([origin.count('larger'), origin.count('named')]).toEqual([10, 3])
  })

  it('proves one in fifty again, and learns that a host has changed', { timeout: 120_000 }, async () => {
    const { magpie, origin } = await aShop('same')
    await ingested(magpie, origin, small(1, 53))
    expect([origin.count('larger'), origin.count('named')]).toEqual([53, 4])
    origin.larger = 'missing'
    const images = await ingested(magpie, origin, small(101, 106))
    expect(images.every(({ state, width }) => state === 'ready' && width === 400)).toBe(true)
    // What was under way when it turned out had been believed.
    expect(origin.count('larger')).toBeLessThanOrEqual(53 + 6)
    const before = origin.count('larger')
    await ingested(magpie, origin, small(107, 109))
    expect([origin.count('larger'), origin.count('named')]).toEqual([before, 4 + 9])
  })

  it('holds a believed guess against what the page names when it is smaller than that says', async () => {
    const { magpie, origin } = await aShop('same')
    await ingested(magpie, origin, small(1, 3))
    origin.larger = 'smaller'
    expect(await ingested(magpie, origin, small(4, 4))).toMatchObject([{ width: 400, from: null }])
  })

  it('learns nothing from a host that is busy, and shows what the page names', async () => {
    const { magpie, origin } = await aShop('busy')
    expect(await ingested(magpie, origin, small(1, 1))).toMatchObject([{ state: 'ready', width: 400 }])
    origin.larger = 'same'
    await ingested(magpie, origin, small(2, 4))
    expect(await ingested(magpie, origin, small(5, 6))).toMatchObject([{ width: 1200 }, { width: 1200 }])
    expect(origin.count('named')).toBe(4)
  })

  it('fetches what the page names, and that alone, for a catalogue that wants it as named', async () => {
    const { magpie, origin } = await aShop('same', { keep: { largest: 'as-named' } })
    expect(await ingested(magpie, origin, small(1, 1))).toMatchObject([{ width: 400, from: null }])
    expect(origin.count('larger')).toBe(0)
    await magpie.catalogs.ensure('proving', hasty)
    await magpie.scrape({
      url: `${origin.url}/other`,
      page: `<title>A</title><main><img src="${origin.url}/p1-400x300.jpg" width="400" height="300" alt="A"></main>`,
      catalog: 'proving',
    })
    await work(magpie)
    // What one keeps small is no twin of what another wants large.
    expect(origin.count('larger')).toBe(1)
  })

  it('asks the URL that gave the bytes whether they have changed', async () => {
    const { magpie, origin } = await aShop('same', { freshness: { freshForMs: 0 } })
    const id = await item(magpie, origin, small(1, 1), `${origin.url}/page`)
    await work(magpie)
    origin.asked.length = 0
    await item(magpie, origin, small(1, 1), `${origin.url}/page`)
    await work(magpie)
    expect(origin.asked).toMatchObject([{ path: '/p1.jpg', status: 304 }])
    expect(origin.asked).toHaveLength(1)
    expect(await shown(magpie, id)).toMatchObject([{ state: 'ready', width: 1200, from: '/p1.jpg' }])
    origin.edition += 1
    origin.larger = 'missing'
    await item(magpie, origin, small(1, 1), `${origin.url}/page`)
    await work(magpie)
    expect(await shown(magpie, id)).toMatchObject([{ state: 'ready', width: 400, from: null }])
  })

  it('tells a twin where its bytes came from', async () => {
    const { magpie, origin } = await aShop('same')
    await ingested(magpie, origin, small(1, 1))
    expect(await ingested(magpie, origin, small(1, 1))).toMatchObject([{ width: 1200, from: '/p1.jpg' }])
    expect(origin.asked).toHaveLength(2)
  })

  it('shares one guess between two sizes of a picture that are wanted at the same time', async () => {
    const { magpie, origin } = await aShop('same')
    await ingested(magpie, origin, small(1, 3))
    origin.asked.length = 0
    const both = [
      await item(magpie, origin, ['/p9-400x300.jpg']),
      await item(magpie, origin, ['/p9-800x600.jpg']),
    ]
    await work(magpie)
    for (const id of both) expect(await shown(magpie, id)).toMatchObject([{ state: 'ready', width: 1200 }])
    expect(origin.asked.map(({ path }) => path)).toEqual(['/p9.jpg'])
  })

  it.each<Larger>(['same', 'missing'])(
    'keeps what a guess was answered (%s) while the picture itself waits for its turn',
    { timeout: 60_000 },
    async (larger) => {
      const policy = { ...hasty.policy, hostDelayMs: 1500 }
      const { magpie, origin } = await aShop(larger, { policy }, { HOSTS_WAIT_MS: '100' })
      const width = larger === 'same' ? 1200 : 400
      expect(await ingested(magpie, origin, small(1, 1))).toMatchObject([{ state: 'ready', width }])
      expect([origin.count('larger'), origin.count('named')]).toEqual([1, 1])
    },
  )

  it('takes the original out of a proxy, as a stranger that shows it no credentials', async () => {
    const policy = { ...hasty.policy, headers: { 'x-token': 'secret' } }
    const { magpie, origin } = await aShop('same', { policy })
    const elsewhere = await anOrigin('same')
    const at = `/resize?url=${encodeURIComponent(`${elsewhere.url}/p1.jpg`)}&w=400`
    expect(await ingested(magpie, origin, [at])).toMatchObject([{ width: 1200, from: '/p1.jpg' }])
    expect(origin.asked).toMatchObject([{ path: at, token: 'secret' }])
    expect(elsewhere.asked).toMatchObject([{ path: '/p1.jpg', token: undefined }])
  })

  it('follows a proxy into no private network', async () => {
    const { magpie, origin } = await aShop('same')
    const at = `/resize?url=${encodeURIComponent('http://10.1.2.3/p1.jpg')}&w=400`
    expect(await ingested(magpie, origin, [at])).toMatchObject([{ state: 'ready', width: 400, from: null }])
  })

  it('remembers what a host has taught when it starts anew', async () => {
    const { magpie, origin, place } = await aShop('same')
    await ingested(magpie, origin, small(1, 3))
    await magpie.close()
    origin.asked.length = 0
    const again = await opened(place.config)
    expect(await ingested(again, origin, small(4, 6))).toMatchObject(Array(3).fill({ width: 1200 }))
    expect([origin.count('larger'), origin.count('named')]).toEqual([3, 0])
  })

  it.runIf(onServer)(
    'shares with other workers what a host has taught, and fetches each picture once',
    async () => {
      const { magpie, origin, place } = await aShop('same')
      const other = await opened(place.config)
      const id = await item(magpie, origin, small(1, 40))
      await Promise.all([work(magpie), work(other)])
      expect((await shown(magpie, id)).every(({ width }) => width === 1200)).toBe(true)
      expect(origin.count('larger')).toBe(40)
      // Each worker may have one lesson under way when the other learns the third.
      expect(origin.count('named')).toBeLessThanOrEqual(6)
    },
  )
})

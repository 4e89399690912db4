import { describe, expect, it } from 'vitest'
import type { ItemId } from '../../src/catalog/ids.ts'
import { aShop, hasty, work } from '../../src/jobs/given.suite.ts'
import { haveDatabase } from '../given.ts'
import { items, type Fate } from '../site/items.ts'

const reasons: Readonly<Record<string, string>> = {
  'near-duplicate': 'near-duplicate',
  duplicate: 'near-duplicate',
  'too small': 'too-small',
  graphic: 'graphic',
  placeholder: 'placeholder',
}
const outcomeOf = (fate: Fate) => {
  if (fate.state === 'ready') return 'ready'
  if (fate.state === 'failed') return `failed: ${fate.code}`
  return `rejected: ${Object.entries(reasons).find(([word]) => fate.because.includes(word))![1]}`
}

describe.runIf(haveDatabase)('a scrape of the whole sample shop', () => {
  const shop = aShop()
  const ids: ItemId[] = []
  const scrape = async () => {
    await shop.magpie.catalogs.ensure('shop', hasty)
    const all = []
    for (const { slug } of items)
      all.push(await shop.magpie.scrape({ url: `${shop.site.url}/items/${slug}`, catalog: 'shop' }))
    await work(shop.magpie)
    return all
  }
  const pathOf = (url: string) => url.slice(shop.site.url.length)
  const photoRequests = () => shop.site.requests.filter(({ path }) => /\.(jpe?g|png|webp|gif)\b/i.test(path))

  it('records what every item’s pictures are fated to', async () => {
    ids.push(...(await scrape()))
    for (const [at, { slug, pictures }] of items.entries()) {
      const became = Object.fromEntries(
        (await shop.images(ids[at]!)).map((image) => [
          pathOf(image.url),
          image.state === 'rejected'
            ? `rejected: ${image.verdict.reason}`
            : image.state === 'failed'
              ? `failed: ${image.code}`
              : image.state,
        ]),
      )
      expect({ slug, ...became }).toMatchObject({
        slug,
        ...Object.fromEntries(pictures.map(({ path, fate }) => [path, outcomeOf(fate)])),
      })
    }
  })

  it('shows each item’s own pictures and no others, in the page’s order, one of them as its hero', async () => {
    for (const [at, { slug, title, pictures }] of items.entries()) {
      const images = (await shop.images(ids[at]!)).flatMap((image) =>
        image.state === 'ready' ? [image] : [],
      )
      const shown = images.sort((a, b) => a.rank - b.rank)
      const wanted = pictures.filter(({ fate }) => fate.state === 'ready').map(({ path }) => path)
      expect([slug, ...shown.map(({ url }) => pathOf(url))]).toEqual([slug, ...wanted])
      expect(shown.map(({ rank }) => rank)).toEqual(wanted.map((_, rank) => rank))
      expect([slug, shown.filter(({ verdict }) => verdict.hero).length]).toEqual([slug, 1])
      expect((await shop.magpie.items.find(ids[at]!))!.item.title).toContain(title)
    }
  })

  it('has downloaded every picture once, whichever pages show it, and stored equal bytes once', async () => {
    const downloads = photoRequests().filter(({ status }) => status === 200)
    expect(new Set(downloads.map(({ path }) => path)).size).toBe(downloads.length)
    const held = new Set<string>()
    for (const id of ids) for (const { asset } of await shop.images(id)) if (asset) held.add(asset.id)
    const stored = shop.blobs('originals').map((file) => /([0-9a-f]{64})\./.exec(file)![1]!)
    expect(stored.sort()).toEqual([...held].sort())
  })

  it('asks for nothing but unchanged pages when it is repeated', async () => {
    shop.site.requests.length = 0
    expect(await scrape()).toEqual(ids)
    expect(photoRequests()).toEqual([])
    const pages = shop.site.requests.filter(({ path }) => path.startsWith('/items/'))
    expect(pages.map(({ status }) => status)).toEqual(items.map(() => 304))
    expect((await shop.magpie.stats.catalogs())[0]).toMatchObject({ items: items.length, unreadable: 0 })
  })

  it('asks whether pictures have changed once they are no longer fresh, and downloads none that has not', async () => {
    shop.site.requests.length = 0
    const before = await shop.images(ids[0]!)
    await shop.magpie.catalogs.ensure('impatient', { ...hasty, freshness: { freshForMs: 0 } })
    const url = `${shop.site.url}/items/${items[0]!.slug}`
    const again = async () => {
      const id = await shop.magpie.scrape({ url, catalog: 'impatient' })
      await work(shop.magpie)
      return shop.images(id)
    }
    await again()
    shop.site.requests.length = 0
    const after = await again()
    expect(photoRequests().map(({ status }) => status)).not.toContain(200)
    for (const { path } of items[0]!.pictures) expect(shop.site.count(path, 304)).toBe(1)
    expect(after.map(({ asset }) => asset?.id)).toEqual(before.map(({ asset }) => asset?.id))
    expect(after.filter(({ state }) => state === 'ready').map(({ version }) => version)).toEqual([1, 1])
  })
})

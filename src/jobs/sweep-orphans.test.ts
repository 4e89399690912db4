import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { haveDatabase } from '../../test/given.ts'
import type { ItemId } from '../catalog/ids.ts'
import { aShop, hasty } from './given.suite.ts'

const hour = 3_600_000
const pictures = ['/photos/wrap-dress.jpg', '/photos/linen-dress.jpg', '/photos/cropped-tee.jpg']

describe.runIf(haveDatabase)('the sweep', () => {
  const shop = aShop()
  let item: ItemId
  const sweep = (changes: Partial<Parameters<typeof shop.magpie.sweep>[0]> = {}) =>
    shop.magpie.sweep({ graceMs: 0, dryRun: false, maxShare: 1, ...changes })
  const nothing = { goneImages: 0, assets: 0, unknownBlobs: 0, byteSize: 0 }
  const page = (...shown: readonly string[]) =>
    `<main>${shown.map((at) => `<img src="${shop.site.url}${at}" width="900" height="1200" alt="The item, seen from somewhere">`).join('')}</main>`
  const discover = async (...shown: readonly string[]) => {
    const id = await shop.magpie.scrape({
      url: `${shop.site.url}/swept`,
      page: page(...shown),
      catalog: 'swept',
    })
    await shop.finish()
    return id
  }
  /** A blob that a crash has left: it is in the store, and no row names it. */
  const leaveBlob = (name: string, ageMs: number) => {
    const file = path.join(shop.magpie.place.folder, 'blobs/originals', name.slice(0, 2), name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, 'left behind')
    const at = new Date(Date.now() - ageMs)
    utimesSync(file, at, at)
  }

  beforeAll(async () => {
    if (!haveDatabase) return
    await shop.magpie.catalogs.ensure('swept', hasty)
    item = await discover(...pictures)
    const [image] = await shop.images(item)
    await shop.magpie.resolve({ id: image!.id, version: null, variant: 'thumb', extension: 'webp' })
  })

  it('takes nothing that a row names', async () => {
    const before = [...shop.blobs('originals'), ...shop.blobs('variants')]
    expect(before).toHaveLength(4)
    expect(await sweep()).toEqual(nothing)
    expect([...shop.blobs('originals'), ...shop.blobs('variants')]).toEqual(before)
  })

  it('takes blobs that no row names, once they are older than the grace period', async () => {
    const [old, young] = [`${'a'.repeat(64)}.jpg`, `${'b'.repeat(64)}.jpg`]
    leaveBlob(old, 2 * hour)
    leaveBlob(young, hour / 2)
    const wanted = { ...nothing, unknownBlobs: 1, byteSize: 11 }
    expect(await sweep({ graceMs: hour, dryRun: true })).toEqual(wanted)
    expect(await sweep({ graceMs: hour })).toEqual(wanted)
    expect(shop.blobs('originals').map((file) => path.basename(file))).not.toContain(old)
    expect(shop.blobs('originals').map((file) => path.basename(file))).toContain(young)
    expect(await sweep()).toMatchObject({ unknownBlobs: 1 })
  })

  it('leaves alone what is no blob, though it lies in the store', async () => {
    const blobs = path.join(shop.magpie.place.folder, 'blobs')
    expect(readdirSync(blobs)).toContain('.magpie-store')
    await sweep()
    expect(readdirSync(blobs)).toContain('.magpie-store')
  })

  it('takes what a page no longer shows: first the image, then the bytes that nothing names; the dry run says the same', async () => {
    await discover(...pictures.slice(1))
    const gone = (await shop.images(item)).find(({ url }) => url.endsWith(pictures[0]!))
    expect(gone).toMatchObject({ state: 'gone' })
    expect(await sweep({ graceMs: hour })).toEqual(nothing)

    const dry = await sweep({ dryRun: true })
    expect(await shop.images(item)).toHaveLength(3)
    expect(shop.blobs('originals')).toHaveLength(3)
    const real = await sweep()
    expect(real).toMatchObject({ goneImages: 1, assets: 1 })
    expect(real.byteSize).toBeGreaterThan(10_000)
    expect(dry).toEqual(real)
    expect((await shop.images(item)).map(({ state }) => state)).toEqual(['ready', 'ready'])
    expect(shop.blobs('originals')).toHaveLength(2)
    expect(shop.blobs('variants')).toHaveLength(0)
  })

  it('brings back what reappears after it was swept', async () => {
    await discover(...pictures)
    expect((await shop.images(item)).map(({ state }) => state)).toEqual(['ready', 'ready', 'ready'])
    expect(shop.blobs('originals')).toHaveLength(3)
  })
})

describe.runIf(haveDatabase)('the brake', () => {
  const shop = aShop()

  it('stops a sweep that would take too large a share, before it takes anything', async () => {
    await shop.magpie.catalogs.ensure('braked', {
      ...hasty,
      keep: { maxImages: 100, minScore: 0, min: { width: 1, height: 1 } },
    })
    // Two dozen photographs that the shop has under some name or other.
    const files = readdirSync(path.join(import.meta.dirname, '../../test/site/photos')).filter((name) =>
      /\.(webp|jpg)$/.test(name),
    )
    const shown = files.slice(0, 26).map((name) => `/photos/${name}`)
    const id = await shop.item('braked', ...shown)
    await shop.finish()
    const { item } = (await shop.magpie.items.find(id))!
    const kept =
      '<main><img src="/photos/calla.webp" width="900" height="1200" alt="The item, seen from somewhere"></main>'
    await shop.magpie.scrape({ url: item.externalId, page: kept, catalog: 'braked' })
    await shop.finish()
    const before = shop.blobs('originals').length
    expect(before).toBeGreaterThan(21)
    await expect(shop.magpie.sweep({ graceMs: 0, dryRun: true, maxShare: 0.3 })).rejects.toMatchObject({
      code: 'sweep_braked',
    })
    await expect(shop.magpie.sweep({ graceMs: 0, dryRun: false, maxShare: 0.3 })).rejects.toMatchObject({
      code: 'sweep_braked',
    })
    expect(shop.blobs('originals')).toHaveLength(before)
    expect((await shop.images(id)).filter(({ state }) => state === 'gone').length).toBeGreaterThan(20)
    expect((await shop.magpie.sweep({ graceMs: 0, dryRun: false, maxShare: 1 })).assets).toBe(before - 1)
  })
})

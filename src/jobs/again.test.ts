import { describe, expect, it } from 'vitest'
import { haveDatabase } from '../../test/given.ts'
import { aShop } from './given.suite.ts'

describe.runIf(haveDatabase)('what was scraped once', () => {
  const shop = aShop()

  it('is asked for again when it failed and a person wants it', async () => {
    const item = await shop.item('again', '/status/500/photos/IMG_0433.JPG', '/photos/IMG_0433.JPG')
    await shop.finish()
    expect((await shop.images(item)).map(({ state }) => state)).toContain('failed')

    expect(await shop.magpie.retry({ catalog: 'again', limit: 10, dryRun: true })).toMatchObject({
      images: 1,
      items: 0,
    })
    expect(await shop.magpie.retry({ catalog: 'again', code: 'dns_failed', limit: 10 })).toMatchObject({
      images: 0,
      items: 0,
    })
    expect(await shop.magpie.retry({ catalog: 'again', limit: 10 })).toMatchObject({ images: 1, items: 0 })
    expect((await shop.images(item)).map(({ state }) => state)).toContain('pending')
  })

  it('cannot be asked for in a catalogue that is none', async () => {
    await expect(shop.magpie.retry({ catalog: 'nowhere', limit: 1 })).rejects.toMatchObject({
      code: 'catalog_not_found',
    })
    await expect(shop.magpie.sync({ catalog: 'nowhere' })).rejects.toMatchObject({
      code: 'catalog_not_found',
    })
  })

  it('is read again by a sync: one item, some, or all', async () => {
    for (let n = 0; n < 3; n++) await shop.item('synced', '/photos/IMG_0433.JPG')
    const first = await shop.item('synced', '/photos/IMG_0433.JPG')
    await shop.finish()
    expect(await shop.magpie.sync({ catalog: 'synced', item: first })).toMatchObject({ items: 1 })
    expect(await shop.magpie.sync({ catalog: 'synced', limit: 2 })).toMatchObject({ items: 2 })
    expect(await shop.magpie.sync({ catalog: 'synced' })).toMatchObject({ items: 4 })
    await expect(shop.magpie.sync({ catalog: 'again', item: first })).rejects.toMatchObject({
      code: 'item_not_found',
    })
  })

  it('is synced by the clock once its catalogue says when, and no more when it says so no more', async () => {
    const sync = { cron: '0 2 * * *', timeZone: 'America/Toronto' }
    await shop.magpie.saveCatalog('nightly', { schedules: { sync } })
    const scheduled = async () => (await shop.magpie.queue.schedules.list()).map(({ name }) => name)
    expect(await scheduled()).toContain('nightly/sync')
    await shop.magpie.saveCatalog('nightly', {})
    expect(await scheduled()).not.toContain('nightly/sync')
    await shop.magpie.saveCatalog('nightly', { schedules: { sync } })
    await shop.magpie.removeCatalog('nightly')
    expect(await scheduled()).not.toContain('nightly/sync')
    await expect(shop.magpie.removeCatalog('nightly')).rejects.toMatchObject({ code: 'catalog_not_found' })
  })

  it('is not saved with a schedule that can never be', async () => {
    const sync = { cron: '99 2 * * *', timeZone: 'UTC' }
    await expect(shop.magpie.saveCatalog('never', { schedules: { sync } })).rejects.toMatchObject({
      code: 'input_invalid',
    })
    await expect(shop.magpie.catalogs.get('never')).rejects.toMatchObject({ code: 'catalog_not_found' })
  })
})

import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { haveDatabase } from '../../test/given.ts'
import type { ErrorCode } from '../errors.ts'
import { openFailed, type FailedThings } from './failed.ts'
import { aCatalogRoom, asset, candidate, plansOf, type CatalogRoom } from './given.suite.ts'
import type { ItemId } from './ids.ts'
import { openStats } from './stats.ts'

describe.runIf(haveDatabase)('what a catalogue could not have', () => {
  let room: CatalogRoom
  let failed: FailedThings
  beforeAll(async () => {
    room = await aCatalogRoom()
    failed = openFailed(room.db)
  })
  afterAll(() => room.remove())

  const fail = async (item: ItemId, at: number, code: ErrorCode) => {
    const { id } = (await room.images.ofItem(item))[at]!
    await room.inTransaction((tx) =>
      room.images.fail(tx, id, { stage: 'fetch', code, message: code, nextAttemptInMs: 60_000 }),
    )
    return id
  }
  const reopen = (catalog: string, code?: ErrorCode, limit = 100) =>
    room.inTransaction((tx) => failed.reopenImages(tx, { catalog, limit, ...(code && { code }) }))

  it('is asked for again by its reason, the oldest failure first, up to a limit', async () => {
    const item = await room.anItem('cars')
    await room.record(
      item,
      [0, 1, 2, 3].map((at) => candidate(at)),
    )
    const late = await fail(item, 2, 'source_error')
    const early = await fail(item, 0, 'source_error')
    await room.inTransaction((tx) =>
      tx
        .updateTable('images')
        .set({ failed_at: new Date(0) })
        .where('id', '=', early)
        .execute(),
    )
    await fail(item, 1, 'image_corrupt')

    expect(await failed.count({ catalog: 'cars', limit: 100 })).toEqual({ images: 3, items: 0 })
    expect((await reopen('cars', 'source_error', 1)).map(({ id }) => id)).toEqual([early])
    expect((await reopen('cars', 'source_error')).map(({ id }) => id)).toEqual([late])
    expect(await reopen('cars', 'source_error')).toEqual([])
    const states = (await room.images.ofItem(item)).map(({ state }) => state)
    expect(states).toEqual(['pending', 'failed', 'pending', 'pending'])
  })

  it('includes a held picture whose source failed when it was last asked, which stays in use', async () => {
    const item = await room.anItem('boats')
    await room.record(item, [candidate(0)])
    await room.show((await room.images.ofItem(item))[0]!, asset('a boat'))
    await room.age(2 * 3_600_000)
    await room.record(item, [candidate(0)])
    const id = await fail(item, 0, 'source_error')
    expect((await reopen('boats')).map((one) => one.id)).toEqual([id])
    expect(await room.image(id)).toMatchObject({ state: 'stale' })
  })

  it('is not that of another catalogue', async () => {
    const item = await room.anItem('planes')
    await room.record(item, [candidate(0)])
    await fail(item, 0, 'source_error')
    expect(await reopen('trains')).toEqual([])
  })

  it('includes items whose page could not be read', async () => {
    const item = await room.anItem('ships')
    const failure = { code: 'source_error', message: 'no', nextAttemptInMs: null } as const
    await room.inTransaction((tx) => room.items.recordFailure(tx, item, failure))
    expect(await failed.unreadItems({ catalog: 'ships', limit: 10 })).toEqual([item])
    expect(await failed.unreadItems({ catalog: 'ships', code: 'dns_failed', limit: 10 })).toEqual([])
    expect(await failed.count({ catalog: 'ships', limit: 10 })).toEqual({ images: 0, items: 1 })
  })

  it('is found without reading what is well', async () => {
    const item = await room.anItem('trucks')
    await room.record(item, [candidate(0), candidate(1)])
    await fail(item, 0, 'source_error')
    await sql`
      insert into images (id, item_id, url, normal_url_digest, position, found_in, declared_primary, declared, expected,
        state)
      select gen_random_uuid(), item_id, url, normal_url_digest || n, position, found_in, declared_primary, declared,
        expected, state from images, generate_series(1, 10000) n where item_id = ${item} and state = 'pending'`.execute(
      room.db,
    )
    await sql`analyze images, items`.execute(room.db)
    for (const code of [undefined, 'source_error'] as const) {
      const which = { catalog: 'trucks', limit: 100, ...(code && { code }) }
      const plans = await plansOf(room.db, (db) => openFailed(db).count(which))
      expect(plans).toContain('images_failed')
      expect(plans).not.toContain('Seq Scan on images')
    }
    const plans = await plansOf(room.db, (db) => openStats(db).failures())
    expect(plans).toContain('images_failed')
  })

  it('says when it is tried again by itself', async () => {
    const item = await room.anItem('vans')
    await room.record(item, [candidate(0)])
    const image = await room.image(await fail(item, 0, 'source_error'))
    const inMs = image.state === 'failed' ? image.nextAttemptAt!.getTime() - image.failedAt.getTime() : 0
    expect(inMs).toBe(60_000)
  })
})

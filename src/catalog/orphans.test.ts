import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { aGate, haveDatabase, onServer } from '../../test/given.ts'
import type { BlobRef } from '../storage/blob-store.ts'
import { aCatalogRoom, asset, candidate, type CatalogRoom } from './given.suite.ts'

const graceMs = 24 * 3_600_000

describe.runIf(haveDatabase)('orphans', () => {
  let room: CatalogRoom
  beforeAll(async () => {
    room = await aCatalogRoom()
  })
  afterAll(() => room.remove())
  beforeEach(async () => {
    await room.db.deleteFrom('items').execute()
    await room.db.deleteFrom('assets').execute()
  })

  const save = (...names: string[]) =>
    room.inTransaction(async (tx) => {
      for (const name of names) await room.assets.save(tx, asset(name))
    })
  const orphans = async () => (await room.orphans.assets(graceMs, null, 100)).map(({ id }) => id)
  const deleted: BlobRef[] = []
  const remove = (name: string) =>
    room.orphans.removeAsset(asset(name).id, graceMs, async (blobs) => void deleted.push(...blobs))
  beforeEach(() => void deleted.splice(0))

  it('are assets that no image names, since long enough', async () => {
    await save('kept', 'lone')
    const item = await room.anItem()
    await room.record(item, [candidate(0)])
    await room.show((await room.images.ofItem(item))[0]!, asset('kept'))
    expect(await orphans()).toEqual([])
    await room.age(graceMs + 1_000)
    expect(await orphans()).toEqual([asset('lone').id])
    expect(await room.orphans.countAssets()).toBe(2)
  })

  it('are listed page by page', async () => {
    await save(...'abcde')
    await room.age(graceMs + 1_000)
    const seen = []
    let after = null
    for (;;) {
      const page: Awaited<ReturnType<typeof room.orphans.assets>> = await room.orphans.assets(
        graceMs,
        after,
        2,
      )
      if (page.length === 0) break
      seen.push(...page.map(({ id }) => id))
      after = page.at(-1)!.id
    }
    expect(seen).toEqual([...'abcde'].map((name) => asset(name).id).sort())
  })

  it('are none while an ingest relies on them', async () => {
    await save('lone')
    await room.age(graceMs + 1_000)
    expect(await room.assets.touch(asset('lone').id)).toEqual(asset('lone'))
    expect(await orphans()).toEqual([])
    expect(await remove('lone')).toBe(false)
    expect(await room.assets.touch(asset('never seen').id)).toBeNull()
  })

  it('are looked at again before they are removed', async () => {
    await save('lone')
    await room.age(graceMs + 1_000)
    expect(await orphans()).toHaveLength(1)
    const item = await room.anItem()
    await room.record(item, [candidate(0)])
    await room.show((await room.images.ofItem(item))[0]!, asset('lone'))
    expect(await remove('lone')).toBe(false)
    expect(deleted).toEqual([])
    expect(await room.assets.find(asset('lone').id)).not.toBeNull()
  })

  it('go with their variants, row and blobs', async () => {
    await save('lone')
    const blob = {
      store: 'memory',
      key: 'variants/thumb.webp',
      mediaType: 'image/webp',
      byteSize: 10,
    } as const
    const variant = {
      assetId: asset('lone').id,
      specDigest: 'd',
      name: 'thumb',
      blob,
      width: 320,
      height: 240,
    }
    await room.inTransaction((tx) => room.assets.saveVariant(tx, variant))
    expect(await room.assets.findVariant(asset('lone').id, 'd')).toEqual(variant)
    const keys = [blob.key, asset('lone').blob.key]
    expect([...(await room.orphans.named('memory', [...keys, 'other']))].sort()).toEqual(keys.toSorted())
    await room.age(graceMs + 1_000)
    expect(await remove('lone')).toBe(true)
    expect(deleted).toEqual([blob, asset('lone').blob])
    expect(await room.assets.findVariant(asset('lone').id, 'd')).toBeNull()
    expect(await remove('lone')).toBe(false)
  })

  it('keep their row where their blobs could not be deleted', async () => {
    await save('lone')
    await room.age(graceMs + 1_000)
    const failing = room.orphans.removeAsset(asset('lone').id, graceMs, async () => {
      throw new Error('the store is away')
    })
    await expect(failing).rejects.toThrow('the store is away')
    expect(await orphans()).toEqual([asset('lone').id])
  })

  it.runIf(onServer)('make an ingest of the same bytes wait until they are gone, row and blobs', async () => {
    await save('lone')
    await room.age(graceMs + 1_000)
    const [deleting, goOn] = [aGate(), aGate()]
    const removing = room.orphans.removeAsset(asset('lone').id, graceMs, async () => {
      deleting.open()
      await goOn.opened
    })
    await deleting.opened
    const touching = room.assets.touch(asset('lone').id)
    goOn.open()
    expect(await removing).toBe(true)
    // Null: the ingest has to put the bytes again.
    expect(await touching).toBeNull()
  })

  it('are images too that have been gone for long enough', async () => {
    const item = await room.anItem()
    await room.record(item, [candidate(0), candidate(1)])
    await room.record(item, [candidate(1)])
    expect(await room.orphans.removeGone(graceMs, false)).toBe(0)
    await room.age(graceMs + 1_000)
    expect(await room.orphans.removeGone(graceMs, true)).toBe(1)
    expect(await room.images.ofItem(item)).toHaveLength(2)
    expect(await room.orphans.removeGone(graceMs, false)).toBe(1)
    expect(await room.images.ofItem(item)).toMatchObject([{ position: 1, state: 'pending' }])
  })
})

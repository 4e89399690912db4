import { existsSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ItemId } from '../../src/catalog/ids.ts'
import type { ShownImage } from '../../src/catalog/images.ts'
import { hasty, work } from '../../src/jobs/given.suite.ts'
import { originalKey } from '../../src/storage/blob-key.ts'
import type { BlobStore } from '../../src/storage/blob-store.ts'
import { keysOf } from '../../src/storage/blob-store.suite.ts'
import { guarded } from '../../src/storage/guard.ts'
import { openS3Store } from '../../src/storage/stores/s3.ts'
import { aMagpie, haveDatabase } from '../given.ts'
import { ourS3, realS3, type S3TestPlace } from '../servers/s3/places.ts'
import { startSite, type Site } from '../site/server.ts'

const pictures = ['/photos/wrap-dress.jpg', '/photos/linen-dress.jpg', '/photos/cropped-tee.jpg']

describe.runIf(haveDatabase)('a Magpie whose store is S3', () => {
  let site: Site
  let magpie: Awaited<ReturnType<typeof aMagpie>>
  let store: BlobStore
  let item: ItemId
  let stopS3: () => Promise<void>
  beforeAll(async () => {
    const ours = await ourS3('aws')
    stopS3 = ours.stop
    const server: S3TestPlace = (await realS3('ceph')) ?? ours
    const folder = { STORE_S3_PREFIX: `walk-${process.pid}-${Date.now()}` }
    site = await startSite()
    magpie = await aMagpie({ STORE: 's3', ...server.environment(folder) })
    store = guarded(await openS3Store(server.settings(folder), async () => false))
  })
  afterAll(async () => {
    await magpie.remove()
    await site.close()
    await stopS3()
  })
  const ready = async () => (await magpie.images.ofItem(item)).filter(({ state }) => state === 'ready')
  const thumb = (image: ShownImage) =>
    magpie.resolve({ id: image.id, version: image.version, variant: 'thumb', extension: 'webp' })

  it('keeps originals there, by their digests, and nothing on this machine', async () => {
    await magpie.catalogs.ensure('shop', hasty)
    const shown = pictures.map(
      (at) => `<img src="${site.url}${at}" width="900" height="1200" alt="A dress, on its own">`,
    )
    item = await magpie.scrape({
      url: `${site.url}/dresses`,
      page: `<main>${shown.join('')}</main>`,
      catalog: 'shop',
    })
    await work(magpie)

    const digests = new Set((await ready()).map(({ asset }) => asset!.id))
    expect(digests.size).toBe(pictures.length)
    const kept = await keysOf(store, 'originals/')
    expect(kept.map((key) => path.basename(key).split('.')[0]).sort()).toEqual(
      expect.arrayContaining([...digests]),
    )
    expect(existsSync(path.join(magpie.place.folder, 'blobs'))).toBe(false)
  })

  it('makes variants of them, keeps them there too, and delivers them', async () => {
    const [image] = await ready()
    const delivery = await thumb(image!)
    if (delivery.kind !== 'stream') throw new Error(`it was answered with a ${delivery.kind}`)
    expect(delivery.blob.store).toBe('s3')
    expect(await keysOf(store, 'variants/')).toEqual([delivery.blob.key])
    const body = await delivery.body()
    expect(body instanceof Uint8Array && body.byteLength).toBe(delivery.blob.byteSize)
  })

  it('sweeps what no row names, and nothing else', async () => {
    const before = await keysOf(store, '')
    await store.put(originalKey('0'.repeat(64), 'jpg'), new Uint8Array(11), { mediaType: 'image/jpeg' })
    const sweep = { graceMs: 0, dryRun: false, maxShare: 1 }
    expect(await magpie.sweep(sweep)).toMatchObject({ unknownBlobs: 1, byteSize: 11 })
    expect(await keysOf(store, '')).toEqual(before)
  })

  it('is ready while the store takes blobs', async () => {
    const { checks } = await magpie.readiness()
    expect(checks.find(({ name }) => name === 'store')).toMatchObject({ error: null })
  })
})

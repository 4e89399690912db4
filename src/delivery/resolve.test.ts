import { readFileSync } from 'node:fs'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { haveDatabase } from '../../test/given.ts'
import { accepted, aCatalogRoom, candidate, refused, type CatalogRoom } from '../catalog/given.suite.ts'
import type { AssetId } from '../catalog/ids.ts'
import type { ShownImage } from '../catalog/images.ts'
import { imagingSettings, openImaging } from '../imaging/open-imaging.ts'
import type { VariantSpec } from '../imaging/variant-spec.ts'
import { originalKey } from '../storage/blob-key.ts'
import type { BlobStore } from '../storage/blob-store.ts'
import { guarded } from '../storage/guard.ts'
import { memoryStore } from '../storage/stores/memory.ts'
import { readSettings } from '../settings.ts'
import type { Delivery } from './delivery.ts'
import { variantMaker } from './make-variant.ts'
import { resolver, type Wanted } from './resolve.ts'

const photo = (name: string) => readFileSync(path.join(import.meta.dirname, '../../test/site/photos', name))
const camera = photo('IMG_0433.JPG')

describe.runIf(haveDatabase)('resolving', () => {
  const imaging = openImaging(readSettings(imagingSettings, {}))
  const made: string[] = []
  const hastened: string[] = []
  let room: CatalogRoom
  let store: BlobStore
  let resolve: (wanted: Wanted) => Promise<Delivery>
  beforeAll(async () => {
    room = await aCatalogRoom()
    store = guarded(memoryStore())
    const storeNamed = () => store
    const render = (bytes: Uint8Array, spec: VariantSpec) => {
      made.push(spec.name)
      return imaging.render(bytes, spec)
    }
    resolve = resolver({
      ...room,
      storeNamed,
      makeVariant: variantMaker({ ...room, render, storeNamed, cores: 2 }),
      hasten: ({ id }) => void hastened.push(id),
    })
  })
  afterAll(() => room.remove())

  /** An image that shows these bytes, as an ingest would leave it. */
  const anImage = async (bytes: Buffer): Promise<ShownImage> => {
    const item = await room.anItem()
    await room.record(item, [candidate(0)])
    const facts = await imaging.inspect(bytes)
    const blob = {
      store: 'memory',
      key: originalKey(facts.digest, 'jpg'),
      mediaType: facts.mediaType,
      byteSize: facts.byteSize,
    } as const
    await store.put(blob.key, bytes, blob)
    await room.show((await room.images.ofItem(item))[0]!, { id: facts.digest as AssetId, blob, facts })
    return (await room.images.ofItem(item))[0]!
  }
  const wanted = ({ id, version }: ShownImage, variant: string, extension: string): Wanted => ({
    id,
    version,
    variant,
    extension,
  })
  const streamed = async (what: Wanted) => {
    const delivery = await resolve(what)
    if (delivery.kind !== 'stream') throw new Error(`it was a ${delivery.kind}`)
    const body = await delivery.body()
    return {
      ...delivery,
      bytes: Buffer.from(await new Response(body as ConstructorParameters<typeof Response>[0]).arrayBuffer()),
    }
  }

  it('makes a variant once for fifty who ask at the same time, and never again', async () => {
    const image = await anImage(photo('relaxed-jeans.jpg'))
    made.splice(0)
    const all = await Promise.all(Array.from({ length: 50 }, () => streamed(wanted(image, 'thumb', 'webp'))))
    expect(made).toEqual(['thumb'])
    expect(new Set(all.map(({ etag }) => etag)).size).toBe(1)
    expect(all.every(({ bytes }) => bytes.equals(all[0]!.bytes))).toBe(true)
    expect(await sharp(all[0]!.bytes).metadata()).toMatchObject({ format: 'webp', width: 240, height: 320 })
    expect(all[0]!.blob).toMatchObject({ mediaType: 'image/webp', byteSize: all[0]!.bytes.byteLength })
    await streamed(wanted(image, 'thumb', 'webp'))
    expect(made).toEqual(['thumb'])
  })

  it('leads to the present version from any other way to ask for it', async () => {
    const image = await anImage(photo('slim-jeans-800.jpg'))
    const there = { kind: 'redirect', path: `/images/${image.id}/1/thumb.webp` }
    const ask = wanted(image, 'thumb', 'webp')
    for (const other of [
      { version: null },
      { version: 0 },
      { version: 7 },
      { extension: 'jpg' },
      { extension: 'auto' },
      { version: null, extension: 'auto' },
    ])
      expect(await resolve({ ...ask, ...other })).toEqual(there)
    expect(await resolve(ask)).toMatchObject({ kind: 'stream' })
    expect(await resolve({ ...ask, version: null, variant: 'full' })).toEqual({
      kind: 'redirect',
      path: `/images/${image.id}/1/full.jpg`,
    })
  })

  it('shows at full size every pixel of the original, and nothing of where or with what it was taken', async () => {
    const image = await anImage(camera)
    const { bytes, blob } = await streamed(wanted(image, 'full', 'jpg'))
    expect(blob.mediaType).toBe('image/jpeg')
    const before = await sharp(camera).metadata()
    expect(before.exif!.includes('EX-000-1234567')).toBe(true)
    for (const secret of ['EX-000-1234567', 'GPS', 'Exif\0\0MM\0*\0\0\0\x08\0\x0b'])
      expect(bytes.includes(secret)).toBe(false)
    const gpsPointer = Buffer.from([0x25, 0x88])
    expect((await sharp(bytes).metadata()).exif?.includes(gpsPointer) ?? false).toBe(false)
    const pixels = (from: Buffer) => sharp(from).autoOrient().raw().toBuffer({ resolveWithObject: true })
    const [one, two] = [await pixels(camera), await pixels(bytes)]
    expect(two.info).toEqual(one.info)
    expect(two.data.equals(one.data)).toBe(true)
  })

  it('never enlarges', async () => {
    const image = await anImage(photo('heart-badge-close.jpg'))
    const { bytes } = await streamed(wanted(image, 'large', 'webp'))
    expect(await sharp(bytes).metadata()).toMatchObject({ width: 620, height: 480 })
  })

  it('makes a variant again whose blob somebody has deleted', async () => {
    const image = await anImage(photo('wrap-dress.jpg'))
    for (const [variant, extension] of [
      ['thumb', 'webp'],
      ['full', 'jpg'],
    ] as const) {
      const before = await streamed(wanted(image, variant, extension))
      await store.delete(before.blob.key)
      expect((await streamed(wanted(image, variant, extension))).bytes.equals(before.bytes)).toBe(true)
      expect(await store.exists(before.blob.key)).toBe(true)
    }
  })

  it('says that the blob is missing where the original is', async () => {
    const image = await anImage(photo('linen-dress.jpg'))
    await store.delete(image.asset!.blob.key)
    await expect(resolve(wanted(image, 'thumb', 'webp'))).rejects.toMatchObject({ code: 'blob_not_found' })
    // It was no lasting failure: with the original back, the variant can be made.
    await store.put(image.asset!.blob.key, photo('linen-dress.jpg'), { mediaType: 'image/jpeg' })
    expect(await resolve(wanted(image, 'thumb', 'webp'))).toMatchObject({ kind: 'stream' })
  })

  it('names the variants that there are to one who asks for another', async () => {
    const image = await anImage(photo('roof.webp'))
    await expect(resolve(wanted(image, 'huge', 'webp'))).rejects.toMatchObject({
      code: 'variant_unknown',
      remedy: expect.stringContaining('thumb, large, full') as string,
    })
  })

  it('knows no image of an unknown id, nor of what is no id at all', async () => {
    for (const id of ['01890000-0000-7000-8000-000000000000', 'x', '', "'; drop table images; --"])
      await expect(resolve({ id, version: 1, variant: 'thumb', extension: 'webp' })).rejects.toMatchObject({
        code: 'image_not_found',
      })
  })

  it('says that an image is gone, though its bytes are still here', async () => {
    const image = await anImage(photo('hall.webp'))
    await room.record(image.itemId, [candidate(1)])
    await expect(resolve(wanted(image, 'thumb', 'webp'))).rejects.toMatchObject({
      code: 'source_gone',
      status: 410,
    })
  })

  it('has nothing to show yet of an image that waits', async () => {
    const item = await room.anItem()
    await room.record(item, [candidate(0)])
    const [image] = await room.images.ofItem(item)
    expect(await resolve(wanted(image!, 'thumb', 'webp'))).toMatchObject({ kind: 'placeholder' })
    // Somebody looks at it: it is to come before others.
    expect(hastened).toEqual([image!.id])
  })

  it('gives another picture at the same address another path, and another tag', async () => {
    const image = await anImage(photo('stairs.webp'))
    const before = await streamed(wanted(image, 'thumb', 'webp'))
    const other = await anImage(photo('meadow.webp'))
    await room.show(image, other.asset!, accepted())
    expect(await resolve(wanted(image, 'thumb', 'webp'))).toEqual({
      kind: 'redirect',
      path: `/images/${image.id}/2/thumb.webp`,
    })
    const after = await streamed({ ...wanted(image, 'thumb', 'webp'), version: 2 })
    expect(after.etag).not.toBe(before.etag)
    expect(after.bytes.equals(before.bytes)).toBe(false)
  })

  it('asks nobody to come back for what was refused or could not be had', async () => {
    const item = await room.anItem()
    await room.record(item, [candidate(0)])
    const [image] = await room.images.ofItem(item)
    await room.inTransaction((tx) =>
      room.images.reject(tx, image!, { verdict: refused, assetId: null, validators: null }),
    )
    await expect(resolve(wanted(image!, 'thumb', 'webp'))).rejects.toMatchObject({ code: 'image_not_shown' })
  })
})

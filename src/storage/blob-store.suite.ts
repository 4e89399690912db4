import { createHash } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import type { BlobStore, ListedBlob } from './blob-store.ts'
import { originalKey, variantKey, variantPrefix } from './blob-key.ts'

const digest = (first: string) => first.padEnd(64, '0')
const keyOf = (content: Uint8Array) => originalKey(createHash('sha256').update(content).digest('hex'), 'jpg')
const jpeg = { mediaType: 'image/jpeg' }
const bytes = (size: number, fill = 7) => new Uint8Array(size).fill(fill)
// A variant's: the guard would hold an original's against what is put there for all of these tests.
const key = variantKey(digest('abc1'), 'large', digest('12345678'), 'jpg')

/** What every store promises. Each store's own test calls it once; `open` gives an empty store each time. */
export function describeBlobStore(name: string, open: () => Promise<BlobStore>): void {
  describe(name, () => {
    let store: BlobStore
    beforeEach(async () => {
      store = await open()
    })

    it('gives back what was put, at once and as a stream', async () => {
      const given = Uint8Array.from({ length: 200_001 }, (_, at) => (at * 31) % 251)
      await store.put(key, given, jpeg)
      expect(await store.exists(key)).toBe(true)
      expect(Buffer.compare(await store.read(key), given)).toBe(0)
      expect(Buffer.compare(await drained(await store.get(key)), given)).toBe(0)
    })

    it('keeps what was put when the caller’s buffer changes afterwards', async () => {
      const given = bytes(10)
      await store.put(key, given, jpeg)
      given.fill(9)
      expect(Buffer.compare(await store.read(key), bytes(10))).toBe(0)
    })

    it('takes the same key twice, and many times at once, without complaint', async () => {
      await store.put(key, bytes(50_000), jpeg)
      await store.put(key, bytes(50_000), jpeg)
      const other = keyOf(bytes(50_000))
      await Promise.all(Array.from({ length: 8 }, () => store.put(other, bytes(50_000), jpeg)))
      expect((await store.read(other)).byteLength).toBe(50_000)
    })

    it('mends a blob whose held size is not that of its bytes', async () => {
      await store.put(key, bytes(10), jpeg)
      await store.put(key, bytes(12), jpeg)
      expect((await store.read(key)).byteLength).toBe(12)
    })

    it('gives no original whose bytes are not those that its key names', async () => {
      const original = keyOf(bytes(10))
      await store.put(original, bytes(10, 8), jpeg)
      await expect(store.read(original)).rejects.toMatchObject({ code: 'blob_damaged' })
    })

    it('holds an empty blob', async () => {
      await store.put(key, bytes(0), jpeg)
      expect((await drained(await store.get(key))).byteLength).toBe(0)
    })

    it('says blob_not_found for what was never put', async () => {
      expect(await store.exists(key)).toBe(false)
      await expect(store.get(key)).rejects.toMatchObject({ code: 'blob_not_found' })
      await expect(store.read(key)).rejects.toMatchObject({ code: 'blob_not_found' })
    })

    it('deletes, and does not mind what is not there', async () => {
      await store.put(key, bytes(10), jpeg)
      await store.delete(key)
      await store.delete(key)
      expect(await store.exists(key)).toBe(false)
      await expect(store.read(key)).rejects.toMatchObject({ code: 'blob_not_found' })
    })

    it('takes a probe, and shows nothing of it', async () => {
      await store.probe()
      if (store.keys) expect(await keysOf(store, '')).toEqual([])
    })

    it('lets a stream be cancelled half-way', async () => {
      await store.put(key, bytes(500_000), jpeg)
      const reader = (await store.get(key)).getReader()
      expect((await reader.read()).done).toBe(false)
      await reader.cancel()
      await store.delete(key)
    })

    it('lists by prefix, if it can list', async () => {
      if (!store.keys) return
      const variant = variantKey(digest('abc1'), 'thumb', digest('12345678'), 'webp')
      const original = originalKey(digest('abc1'), 'jpg')
      const sibling = originalKey(digest('abd2'), 'png')
      for (const put of [original, variant, sibling]) await store.put(put, bytes(put.length), jpeg)

      expect(await keysOf(store, '')).toEqual([original, sibling, variant].sort())
      expect(await keysOf(store, 'originals/')).toEqual([original, sibling].sort())
      expect(await keysOf(store, 'originals/ab/abd')).toEqual([sibling])
      expect(await keysOf(store, 'orig')).toEqual([original, sibling].sort())
      expect(await keysOf(store, variantPrefix(digest('abc1')))).toEqual([variant])
      expect(await keysOf(store, 'originals/ff/')).toEqual([])

      const [listed] = await Array.fromAsync(store.keys(variant.slice(0, 20)))
      expect(listed).toMatchObject({ key: variant, byteSize: variant.length } satisfies Partial<ListedBlob>)
      expect(Math.abs(Date.now() - listed!.modifiedAt.getTime())).toBeLessThan(60_000)
    })

    it('lists while blobs are deleted', async () => {
      if (!store.keys) return
      const keys = Array.from({ length: 50 }, (_, at) => originalKey(digest(`aa${at}`), 'jpg'))
      await Promise.all(keys.map((one) => store.put(one, bytes(10), jpeg)))
      for await (const listed of store.keys('originals/')) await store.delete(listed.key)
      expect(await keysOf(store, '')).toEqual([])
    })
  })
}

/** The keys that a listing gives, sorted. */
export async function keysOf(store: BlobStore, prefix: string): Promise<string[]> {
  if (!store.keys) throw new Error(`the ${store.name} store cannot list`)
  return (await Array.fromAsync(store.keys(prefix), (listed) => listed.key)).sort()
}

const drained = async (stream: ReadableStream<Uint8Array>) =>
  new Uint8Array(await new Response(stream).arrayBuffer())

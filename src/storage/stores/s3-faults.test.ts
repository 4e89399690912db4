import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startFaultProxy, type Fault, type FaultProxy } from '../../../test/servers/s3/fault-proxy.ts'
import { ourS3, realS3 } from '../../../test/servers/s3/places.ts'
import { sharedData } from '../../../test/shared-data.ts'
import { originalKey } from '../blob-key.ts'
import type { BlobStore } from '../blob-store.ts'
import { keysOf } from '../blob-store.suite.ts'
import { guarded } from '../guard.ts'
import { openS3Store } from './s3.ts'

const faults = sharedData('faults')
const jpeg = { mediaType: 'image/jpeg' }

describe.skipIf(!faults)('an S3 store behind a bad network', () => {
  let proxy: FaultProxy
  let store: BlobStore
  /** The same store for one who does not wait for long, for the faults that would keep it waiting. */
  let impatient: BlobStore
  const slow: readonly Fault['action'][] = ['timeout', 'lost-timeout', 'slow']
  const storeFor = ({ action }: Fault) => (slow.includes(action) ? impatient : store)
  /** The same store, asked directly. */
  let truth: BlobStore
  let stopOurs: () => Promise<void>
  beforeAll(async () => {
    const ours = await ourS3('minio')
    stopOurs = ours.stop
    const server = (await realS3('ceph')) ?? ours
    proxy = await startFaultProxy(faults!, server.url)
    const settings = server.settings()
    const behind = { ...settings, STORE_S3_ENDPOINT: proxy.url }
    truth = guarded(await openS3Store(settings, async () => true))
    store = guarded(await openS3Store(behind, async () => false))
    impatient = guarded(await openS3Store({ ...behind, STORE_S3_TIMEOUT_MS: 700 }, async () => false))
  })
  afterEach(() => proxy.set())
  afterAll(async () => {
    await proxy.stop()
    await stopOurs()
  })

  let count = 0
  const aPicture = (byteSize = 40_000) => {
    const bytes = new Uint8Array(byteSize).fill(++count)
    return { bytes, key: originalKey(createHash('sha256').update(bytes).digest('hex'), 'jpg') }
  }
  const drained = async (from: BlobStore, key: string) =>
    new Uint8Array(await new Response(await from.get(key)).arrayBuffer())

  it.each<[string, Fault]>([
    ['a server that asks to slow down', { action: 'status', status: 503, times: 2 }],
    ['a server that fails', { action: 'status', status: 500, times: 2 }],
    ['no answer', { action: 'timeout', times: 2 }],
    ['a connection that is reset', { action: 'reset', times: 2 }],
    ['an answer that is lost', { action: 'lost', times: 2 }],
    ['an answer that never comes although it is done', { action: 'lost-timeout', times: 2 }],
    ['an upload that is cut', { action: 'cut-upload', bytes: 10_000, times: 2 }],
  ])('puts in spite of %s', async (_, fault) => {
    const { key, bytes } = aPicture()
    await proxy.set({ ...fault, method: 'PUT' })
    await storeFor(fault).put(key, bytes, jpeg)
    expect(Buffer.compare(await truth.read(key), bytes)).toBe(0)
  })

  it.each<[string, Fault]>([
    ['a server that fails', { action: 'status', status: 500 }],
    ['no answer', { action: 'timeout' }],
    ['connections that are reset', { action: 'reset' }],
    ['uploads that are cut', { action: 'cut-upload', bytes: 40 }],
  ])('says that it is unavailable, and stores nothing wrong, with nothing but %s', async (_, fault) => {
    const { key, bytes } = aPicture()
    await proxy.set({ ...fault, method: 'PUT', times: -1 })
    const tried = storeFor(fault)
    await expect(tried.put(key, bytes, jpeg)).rejects.toMatchObject({ code: 'store_unavailable' })
    await expect(tried.probe()).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(await truth.exists(key)).toBe(false)
  })

  it('holds what was put although every answer was lost', async () => {
    const { key, bytes } = aPicture()
    await proxy.set({ action: 'lost', method: 'PUT', times: -1 })
    await expect(store.put(key, bytes, jpeg)).rejects.toMatchObject({ code: 'store_unavailable' })
    await proxy.set()
    await store.put(key, bytes, jpeg)
    expect(Buffer.compare(await truth.read(key), bytes)).toBe(0)
  })

  it('keeps every one of fifty pictures while a third of all requests fail', async () => {
    const pictures = Array.from({ length: 50 }, () => aPicture(20_000 + count))
    await proxy.set({ action: 'status', status: 503, p: 0.3, times: -1 })
    const put = async ({ key, bytes }: (typeof pictures)[number]): Promise<void> =>
      store.put(key, bytes, jpeg).catch((cause: unknown) => {
        // As the queue would: again, for it is an error that passes.
        expect(cause).toMatchObject({ code: 'store_unavailable' })
        return put({ key, bytes })
      })
    await Promise.all(pictures.map(put))
    await proxy.set()
    for (const { key, bytes } of pictures) expect(Buffer.compare(await truth.read(key), bytes)).toBe(0)
    expect(await keysOf(truth, 'originals/')).toEqual(expect.arrayContaining(pictures.map(({ key }) => key)))
  })

  it('puts in parts in spite of a part that is cut and an end whose answer is lost', async () => {
    const { key, bytes } = aPicture(17 * 2 ** 20)
    await proxy.set(
      { action: 'cut-upload', bytes: 100_000, method: 'PUT', path: 'partNumber=2' },
      { action: 'lost', method: 'POST', path: 'uploadId=' },
    )
    await store.put(key, bytes, jpeg)
    expect(Buffer.compare(await truth.read(key), bytes)).toBe(0)
  })

  it.each<[string, Fault]>([
    ['an answer that breaks off', { action: 'partial', bytes: 10_000 }],
    ['an answer that ends early', { action: 'short', bytes: 10_000 }],
    ['a byte that changed under way', { action: 'corrupt' }],
    ['a blob said not to be there', { action: 'stale404' }],
    ['a server that fails', { action: 'status', status: 500, times: 2 }],
    ['an answer that dribbles in', { action: 'slow', bps: 2_000 }],
  ])('reads in spite of %s', async (_, fault) => {
    const { key, bytes } = aPicture()
    await truth.put(key, bytes, jpeg)
    await proxy.set({ ...fault, method: 'GET', path: key })
    expect(Buffer.compare(await storeFor(fault).read(key), bytes)).toBe(0)
  })

  it.each<[string, Fault, string]>([
    ['answers that break off', { action: 'partial', bytes: 10_000 }, 'store_unavailable'],
    ['answers that end early', { action: 'short', bytes: 10_000 }, 'store_unavailable'],
    ['answers with a changed byte', { action: 'corrupt' }, 'blob_damaged'],
    ['answers that dribble in', { action: 'slow', bps: 2_000 }, 'store_unavailable'],
    ['a server that fails', { action: 'status', status: 500 }, 'store_unavailable'],
    ['a blob that is not there', { action: 'stale404' }, 'blob_not_found'],
  ])('gives no wrong bytes, whole or as a stream, with nothing but %s', async (_, fault, code) => {
    const { key, bytes } = aPicture()
    await truth.put(key, bytes, jpeg)
    await proxy.set({ ...fault, method: 'GET', path: key, times: -1 })
    await expect(storeFor(fault).read(key)).rejects.toMatchObject({ code })
    await expect(drained(storeFor(fault), key)).rejects.toMatchObject({ code })
  })

  it('lists all or throws', async () => {
    const { key, bytes } = aPicture()
    await truth.put(key, bytes, jpeg)
    const listing = { method: 'GET', path: 'list-type=2' } as const
    await proxy.set({ ...listing, action: 'partial', bytes: 200 })
    expect(await keysOf(store, 'originals/')).toContain(key)
    for (const fault of [
      { action: 'partial', bytes: 200 },
      { action: 'reset' },
      { action: 'stale404' },
    ] as const) {
      await proxy.set({ ...listing, ...fault, times: -1 })
      await expect(keysOf(store, 'originals/')).rejects.toMatchObject({ code: 'store_unavailable' })
    }
  })

  it('deletes in spite of a lost answer', async () => {
    const { key, bytes } = aPicture()
    await truth.put(key, bytes, jpeg)
    await proxy.set({ action: 'lost', method: 'DELETE' })
    await store.delete(key)
    expect(await truth.exists(key)).toBe(false)
  })
})

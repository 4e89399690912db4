import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, describe, expect, it } from 'vitest'
import { ourS3, ourS3ForThis, realS3, type S3TestPlace } from '../../../test/servers/s3/places.ts'
import type { MakeName } from '../../../test/servers/s3/makes.ts'
import { originalKey, variantKey } from '../blob-key.ts'
import type { BlobStore } from '../blob-store.ts'
import { describeBlobStore, keysOf } from '../blob-store.suite.ts'
import { guarded } from '../guard.ts'
import { openS3Store } from './s3.ts'

const jpeg = { mediaType: 'image/jpeg' }
const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const bytes = new Uint8Array(50_000).fill(7)
const key = originalKey(digestOf(bytes), 'jpg')
const variant = variantKey(digestOf(bytes), 'thumb', 'cd'.repeat(32), 'webp')
const isNew = async () => true
const isOld = async () => false

const openAt = async (place: S3TestPlace, others: Record<string, string> = {}, mayCreate = isNew) =>
  guarded(await openS3Store(place.settings(others), mayCreate))

const ceph = await realS3('ceph')
const swift = await realS3('swift')
for (const make of ['aws', 'r2', 'minio', 'swift', 'old'] satisfies MakeName[]) {
  const server = await ourS3(make)
  afterAll(() => server.stop())
  describeBlobStore(`the S3 store on our own server, as ${make}`, () => openAt(server))
}
if (ceph) describeBlobStore('the S3 store on Ceph', () => openAt(ceph))
if (swift) describeBlobStore('the S3 store on Swift', () => openAt(swift))

const servers: [string, () => Promise<S3TestPlace>][] = [
  ['our own server', () => ourS3ForThis('aws')],
  ...(ceph ? [['Ceph', async () => ceph] as [string, () => Promise<S3TestPlace>]] : []),
  ...(swift ? [['Swift', async () => swift] as [string, () => Promise<S3TestPlace>]] : []),
]

describe.each(servers)('what an S3 store holds, on %s', (_, place) => {
  it('is found again by another process, in its folder of the bucket', async () => {
    const at = await place()
    const others = { STORE_S3_PREFIX: '/shop/pictures/' }
    const store = await openAt(at, others)
    await store.put(key, bytes, jpeg)
    expect(await (await openAt(at, others, isOld)).exists(key)).toBe(true)
    expect(await keysOf(store, '')).toEqual([key])
    expect(await keysOf(await openAt(at), '')).toEqual([])
  })

  it('may be so large that it is put in parts', async () => {
    const store = await openAt(await place())
    const large = Buffer.alloc(20 * 2 ** 20, 'a picture of many megabytes, ')
    const largeKey = originalKey(digestOf(large), 'png')
    await store.put(largeKey, large, { mediaType: 'image/png' })
    await store.put(largeKey, large, { mediaType: 'image/png' })
    expect(Buffer.compare(await store.read(largeKey), large)).toBe(0)
  })

  it('is shown to whoever has a signed address, as what it is', async () => {
    const store = await openAt(await place())
    await store.put(variant, bytes, { mediaType: 'image/webp' })
    const url = await store.signedUrl!(variant, 60)
    const answer = await fetch(url)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('image/webp')
    expect((await answer.arrayBuffer()).byteLength).toBe(bytes.length)
    expect((await fetch(url.replace('X-Amz-Expires=60', 'X-Amz-Expires=600'))).ok).toBe(false)
    expect((await fetch(url.split('?')[0]!)).ok).toBe(false)
  })

  it('is stored once when two stores put it at the same moment', async () => {
    const at = await place()
    const others = { STORE_S3_PREFIX: 'twice' }
    const stores = [await openAt(at, others), await openAt(at, others)]
    await Promise.all(Array.from({ length: 12 }, (_, turn) => stores[turn % 2]!.put(key, bytes, jpeg)))
    expect(await keysOf(stores[0]!, '')).toEqual([key])
    expect(Buffer.compare(await stores[1]!.read(key), bytes)).toBe(0)
  })
})

describe('a bucket', () => {
  it('is not made a store where one should already be', async () => {
    const at = await ourS3ForThis('minio')
    const wrong = openAt(at, {}, isOld)
    await expect(wrong).rejects.toMatchObject({
      code: 'setting_invalid',
      details: { setting: 'STORE_S3_BUCKET' },
    })
  })

  it('that holds other things is not taken, for a sweep would delete them', async () => {
    const at = await ourS3ForThis('minio')
    await (await openAt(at, { STORE_S3_PREFIX: 'other/blobs' })).put(key, bytes, jpeg)
    const wrong = openAt(at, { STORE_S3_PREFIX: 'other' })
    await expect(wrong).rejects.toMatchObject({
      code: 'setting_invalid',
      details: { setting: 'STORE_S3_PREFIX' },
    })
  })

  it('is taken by two that begin with it at once', async () => {
    const at = await ourS3ForThis('aws')
    const others = { STORE_S3_PREFIX: 'both' }
    const stores = await Promise.all([openAt(at, others), openAt(at, others)])
    await Promise.all(stores.map((store) => store.put(key, bytes, jpeg)))
    expect(await stores[0].exists(key)).toBe(true)
  })

  it('emptied under us is not taken for a store without blobs', async () => {
    const at = await ourS3ForThis('minio')
    const others = { STORE_S3_PREFIX: 'gone' }
    const store = await openAt(at, others)
    const above = await openAt(at, { STORE_S3_PREFIX: 'above' })
    await store.put(key, bytes, jpeg)
    await remove(at, 'gone/.magpie-store')
    await remove(at, `gone/${key}`)
    for (const use of [store.read, store.get, store.exists, store.probe])
      await expect(use(key)).rejects.toMatchObject({ code: 'store_unavailable' })
    await above.probe()
  })

  it.each([
    ['STORE_S3_BUCKET', { STORE_S3_BUCKET: 'no-such-bucket' }],
    ['AWS_ACCESS_KEY_ID', { AWS_ACCESS_KEY_ID: 'nobody' }],
    ['AWS_SECRET_ACCESS_KEY', { AWS_SECRET_ACCESS_KEY: 'a-wrong-secret' }],
    ['AWS_SECRET_ACCESS_KEY', { AWS_SECRET_ACCESS_KEY: '' }],
    ['AWS_ACCESS_KEY_ID', { AWS_ACCESS_KEY_ID: '' }],
    ['STORE_S3_BUCKET', { STORE_S3_BUCKET: '' }],
    ['STORE_S3_ENDPOINT', { STORE_S3_ENDPOINT: '' }],
    ['STORE_S3_ENDPOINT', { STORE_S3_ENDPOINT: 'files.example' }],
    ['STORE_S3_PREFIX', { STORE_S3_PREFIX: '../up' }],
    ['STORE_S3_PUBLIC_URL', { STORE_S3_PUBLIC_URL: 'ftp://files.example' }],
  ])('is complained about by the name of the setting: %s, with %o', async (setting, others) => {
    const at = await ourS3ForThis('minio')
    const complaint = await openAt(at, others).catch((cause: unknown) => cause)
    expect(complaint).toMatchObject({ code: 'setting_invalid', details: { setting } })
    expect((complaint as Error).message).toContain(setting)
    const everything = inspect(complaint, { depth: Infinity, showHidden: true })
    expect(everything).not.toContain(at.credentials.secretAccessKey)
    expect(everything).not.toContain('a-wrong-secret')
  })

  it.each(['ceph', 'swift'] as const)(
    'of a real %s says no more than it should of a wrong secret',
    async (name) => {
      const at = { ceph, swift }[name]
      if (!at) return
      const wrong = openAt(at, { AWS_SECRET_ACCESS_KEY: 'a-wrong-secret', AWS_SESSION_TOKEN: 'a-token' })
      const complaint = await wrong.catch((cause: unknown) => cause)
      expect(complaint).toMatchObject({ code: 'setting_invalid' })
      expect(inspect(complaint, { depth: Infinity, showHidden: true })).not.toMatch(
        /a-wrong-secret|a-token|StringToSign/,
      )
    },
  )
})

describe('public addresses', () => {
  it('are given for variants alone, and only where a public address is set', async () => {
    const at = await ourS3ForThis('minio')
    const others = { STORE_S3_PREFIX: 'shop', STORE_S3_PUBLIC_URL: 'https://pictures.example' }
    const store = await openAt(at, others)
    expect(store.url(variant)).toBe(`https://pictures.example/shop/${variant}`)
    expect(store.url(key)).toBeNull()
    expect((await openAt(at)).url(variant)).toBeNull()
  })
})

describe('a put', () => {
  const puts = (server: { readonly asked: readonly { readonly method: string; readonly path: string }[] }) =>
    server.asked.filter(({ method, path }) => method === 'PUT' && path.endsWith(key)).length

  it('is one request', async () => {
    const server = await ourS3ForThis('aws')
    const store = await openAt(server)
    const before = server.asked.length
    await store.put(key, bytes, jpeg)
    expect(server.asked.length - before).toBe(1)
  })

  it.each(['SlowDown', 'InternalError', 'TooManyRequests'])('outlasts %s', async (code) => {
    const server = await ourS3ForThis('aws')
    const store = await openAt(server)
    server.refuseNext('PUT', code, 2)
    await store.put(key, bytes, jpeg)
    expect(await store.exists(key)).toBe(true)
  })

  it('that meets another one is tried again', async () => {
    const server = await ourS3ForThis('aws')
    const store = await openAt(server)
    server.refuseNext('PUT', 'ConditionalRequestConflict')
    await store.put(key, bytes, jpeg)
    expect(puts(server)).toBe(2)
    expect(await store.exists(key)).toBe(true)
  })

  it('that goes on failing says so, after so many tries', async () => {
    const server = await ourS3ForThis('aws')
    const store = await openAt(server)
    server.refuseNext('PUT', 'SlowDown', 100)
    await expect(store.put(key, bytes, jpeg)).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(puts(server)).toBe(3)
    await expect(store.probe()).rejects.toMatchObject({ code: 'store_unavailable' })
  })

  it.each([
    ['QuotaExceeded', 'store_full'],
    ['InvalidRequest', 'store_refused'],
    ['AccessDenied', 'store_unavailable'],
  ])('refused with %s is %s', async (said, code) => {
    const server = await ourS3ForThis('minio')
    const store = await openAt(server)
    server.refuseNext('PUT', said)
    await expect(store.put(key, bytes, jpeg)).rejects.toMatchObject({ code })
  })
})

describe('a server that is away', () => {
  it('does not keep a process from starting, and is used when it is back', async () => {
    const at = await ourS3ForThis('minio')
    at.refuseNext('GET', 'InternalError', 6)
    const store = await openAt(at)
    await expect(store.put(key, bytes, jpeg)).rejects.toMatchObject({ code: 'store_unavailable' })
    await store.probe()
    await store.put(key, bytes, jpeg)
    expect(await store.exists(key)).toBe(true)
  })

  it('is said to be unavailable', async () => {
    const at = await ourS3ForThis('minio')
    const store = await openAt(at)
    await at.stop()
    const uses: (keyof BlobStore)[] = ['read', 'get', 'exists', 'delete', 'probe']
    for (const use of uses) {
      const used = (store[use] as (key: string) => Promise<unknown>)(key)
      await expect(used, use).rejects.toMatchObject({ code: 'store_unavailable' })
    }
    await expect(keysOf(store, '')).rejects.toMatchObject({ code: 'store_unavailable' })
  })
})

/** Deletes an object past the store. */
async function remove(at: S3TestPlace, path: string): Promise<void> {
  const { credentials, url } = at
  const client = new S3Client({ endpoint: url, region: 'us-east-1', forcePathStyle: true, credentials })
  await client.send(new DeleteObjectCommand({ Bucket: at.settings().STORE_S3_BUCKET!, Key: path }))
}

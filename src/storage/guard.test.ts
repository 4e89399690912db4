import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MagpieError } from '../errors.ts'
import { originalKey, variantKey } from './blob-key.ts'
import type { BlobStore } from './blob-store.ts'
import { guarded } from './guard.ts'
import { memoryStore } from './stores/memory.ts'

const jpeg = { mediaType: 'image/jpeg' }
const digest = 'ab'.repeat(32)

describe('the guard', () => {
  it.each([
    originalKey(digest, 'jpg'),
    variantKey(digest, 'thumb', 'cd'.repeat(32), 'webp'),
    `ab/cd/${digest}.jpg`,
    `ab/${digest}/large-12345678.webp`,
  ])('lets %s through', async (key) => {
    const store = guarded(memoryStore())
    await store.put(key, new Uint8Array(1), jpeg)
    expect(await store.exists(key)).toBe(true)
  })

  it.each([
    '',
    '/etc/passwd',
    '../secret.jpg',
    'ab/../cd.jpg',
    'ab//cd.jpg',
    'ab/.hidden',
    'ab/cd.jpg/',
    'ab\\cd.jpg',
    'AB/cd.jpg',
    'ab/c d.jpg',
    'ab/cd.jpg\n',
    'ab/cd.jpg\0',
    'c:/ab.jpg',
    `${'a/'.repeat(130)}b.jpg`,
  ])('refuses the key %j before the store sees it', async (key) => {
    const store = guarded(failing(new Error('the store was asked')))
    await expect(store.put(key, new Uint8Array(1), jpeg)).rejects.toThrow(TypeError)
    await expect(store.get(key)).rejects.toThrow(TypeError)
    await expect(store.read(key)).rejects.toThrow(TypeError)
    await expect(store.exists(key)).rejects.toThrow(TypeError)
    await expect(store.delete(key)).rejects.toThrow(TypeError)
    expect(() => store.url(key)).toThrow(TypeError)
  })

  it('refuses prefixes that lead elsewhere', async () => {
    const store = guarded(memoryStore())
    for (const prefix of ['..', '/', 'ab/../', 'ab//', '.magpie', `${'a'.repeat(10_000)}!`]) {
      await expect(Array.fromAsync(store.keys!(prefix))).rejects.toThrow(TypeError)
    }
  })

  it('lets no key through that leaves the root', async () => {
    const parts = fc.constantFrom('..', '.', '/', '\\', 'a', 'b1', '-', '.jpg', '%2e', '\0')
    await fc.assert(
      fc.asyncProperty(fc.array(parts, { maxLength: 12 }), async (chosen) => {
        const key = chosen.join('')
        const passed = await guarded(memoryStore())
          .exists(key)
          .then(() => true)
          .catch(() => false)
        if (passed) expect(new URL(key, 'file:///root/').pathname).toBe(`/root/${key}`)
      }),
    )
  })

  it.each([
    ['ENOSPC', 'store_full'],
    ['EDQUOT', 'store_full'],
    ['EIO', 'store_unavailable'],
    ['EACCES', 'store_unavailable'],
  ])('calls %s %s', async (code, expected) => {
    const store = guarded(failing(Object.assign(new Error(code), { code })))
    const failed = { code: expected, cause: { code } }
    await expect(store.put('a.jpg', new Uint8Array(1), jpeg)).rejects.toMatchObject(failed)
    await expect(Array.fromAsync(store.keys!(''))).rejects.toMatchObject(failed)
  })

  it('leaves a code that the store gave', async () => {
    const store = guarded(failing(new MagpieError('blob_not_found')))
    await expect(store.read('a.jpg')).rejects.toMatchObject({ code: 'blob_not_found' })
  })

  it('offers only what the store can do', () => {
    const unlistable = memoryStore()
    delete unlistable.keys
    expect(guarded(unlistable)).not.toHaveProperty('keys')
    expect(guarded(memoryStore())).not.toHaveProperty('variantUrl')
    const resizing = { ...memoryStore(), variantUrl: (key: string, variant: string) => `${key}/${variant}` }
    expect(guarded(resizing).variantUrl?.('a.jpg', 'thumb')).toBe('a.jpg/thumb')
  })
})

function failing(cause: Error): BlobStore {
  const fail = async () => {
    throw cause
  }
  return {
    name: 'memory',
    put: fail,
    get: fail,
    read: fail,
    exists: fail,
    delete: fail,
    probe: fail,
    url: () => null,
    async *keys() {
      throw cause
    },
  }
}

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { aProcess } from '../../../test/given.ts'
import { originalKey } from '../blob-key.ts'
import { describeBlobStore, keysOf } from '../blob-store.suite.ts'
import { guarded } from '../guard.ts'
import { openDiskStore } from './disk.ts'

const home = await mkdtemp(path.join(tmpdir(), 'magpie-disk-'))
afterAll(() => rm(home, { recursive: true, force: true }))
let count = 0
const newRoot = () => path.join(home, `store-${count++}`)
const openAt = async (root: string, mayCreate = true) =>
  guarded(await openDiskStore({ root, mayCreate: async () => mayCreate }))

const jpeg = { mediaType: 'image/jpeg' }
const bytes = new Uint8Array(50_000).fill(7)
const key = originalKey(createHash('sha256').update(bytes).digest('hex'), 'jpg')

describeBlobStore('the disk store', () => openAt(newRoot()))

describe('the folder of a disk store', () => {
  it('is found again with what it held', async () => {
    const root = newRoot()
    await (await openAt(root)).put(key, bytes, jpeg)
    const again = await openAt(root, false)
    expect(await again.exists(key)).toBe(true)
  })

  it('is not made where a store should already be', async () => {
    const root = newRoot()
    await expect(openAt(root, false)).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(existsSync(root)).toBe(false)
  })

  it('is not taken from other things, which a sweep would delete', async () => {
    const root = newRoot()
    await mkdir(root)
    await writeFile(path.join(root, 'holiday.jpg'), 'mine')
    await expect(openAt(root)).rejects.toMatchObject({ code: 'setting_invalid' })
    expect(await readdir(root)).toEqual(['holiday.jpg'])
  })

  it('is taken by two that begin with it at once', async () => {
    const root = newRoot()
    const stores = await Promise.all([openAt(root), openAt(root)])
    await Promise.all(stores.map((store) => store.put(key, bytes, jpeg)))
    expect(await keysOf(stores[1], '')).toEqual([key])
  })

  it.skipIf(!existsSync('/proc/self'))(
    'below a place that holds no folders is complained about',
    async () => {
      const wrong = openAt('/proc/nowhere/blobs')
      await expect(wrong).rejects.toMatchObject({ code: 'data_folder_unwritable' })
    },
  )

  it('says so when it cannot be made', async () => {
    const file = newRoot()
    await writeFile(file, 'a file, not a folder')
    await expect(openAt(path.join(file, 'blobs'))).rejects.toMatchObject({ code: 'data_folder_unwritable' })
  })

  it('is never taken for empty when its disk goes away', async () => {
    const root = newRoot()
    const store = await openAt(root)
    await store.put(key, bytes, jpeg)
    await rename(root, `${root}-elsewhere`)
    await mkdir(root)
    const unavailable = { code: 'store_unavailable' }
    await expect(store.read(key)).rejects.toMatchObject(unavailable)
    await expect(store.get(key)).rejects.toMatchObject(unavailable)
    await expect(store.exists(key)).rejects.toMatchObject(unavailable)
    await expect(store.delete(key)).rejects.toMatchObject(unavailable)
    await expect(store.put(key, bytes, jpeg)).rejects.toMatchObject(unavailable)
    await expect(store.probe()).rejects.toMatchObject(unavailable)
    await expect(keysOf(store, '')).rejects.toMatchObject(unavailable)
    expect(await readdir(root)).toEqual([])

    await rm(root, { recursive: true })
    await rename(`${root}-elsewhere`, root)
    await store.put(key, bytes, jpeg)
    expect(await keysOf(store, '')).toEqual([key])
  })

  it('gets a folder back that somebody removed', async () => {
    const root = newRoot()
    const store = await openAt(root)
    await store.put(key, bytes, jpeg)
    await rm(path.join(root, 'originals'), { recursive: true })
    await store.put(key, bytes, jpeg)
    expect(await store.exists(key)).toBe(true)
  })
})

describe('a folder that two processes share', () => {
  it('holds every blob whole although both put the same at the same moment', async () => {
    const root = newRoot()
    const store = await openAt(root)
    const others = [anotherPutting(root), anotherPutting(root)]
    await Promise.all(others.map((other) => other.said('ready')))
    for (const other of others) other.kill('SIGUSR2')
    await Promise.all(others.map((other) => other.said('done')))

    const keys = await keysOf(store, '')
    expect(keys).toHaveLength(40)
    for (const one of keys) expect((await store.read(one)).byteLength).toBe(50_000)
    expect(await readdir(path.join(root, '.unfinished'))).toEqual([])
  })
})

/** A process that puts forty blobs, each several times at once, when it is told to. */
const anotherPutting = (root: string) =>
  aProcess(`
    import { createHash } from 'node:crypto'
    import { once } from 'node:events'
    import { originalKey } from './src/storage/blob-key.ts'
    import { openDiskStore } from './src/storage/stores/disk.ts'
    const store = await openDiskStore({ root: ${JSON.stringify(root)}, mayCreate: async () => false })
    const puts = Array.from({ length: 120 }, (_, at) => {
      const bytes = new Uint8Array(50_000).fill(at % 40)
      return () => store.put(originalKey(createHash('sha256').update(bytes).digest('hex'), 'jpg'), bytes)
    })
    const told = once(process, 'SIGUSR2')
    const staying = setInterval(() => {}, 1_000)
    console.log('ready')
    await told
    await Promise.all(puts.map((put) => put()))
    clearInterval(staying)
    console.log('done')
  `)

describe('half-written blobs', () => {
  it('of killed processes are not listed, and removed after an hour', async () => {
    const root = newRoot()
    const store = await openAt(root)
    const unfinished = path.join(root, '.unfinished')
    const hoursAgo = new Date(Date.now() - 2 * 60 * 60 * 1000)
    await writeFile(path.join(unfinished, 'old'), 'half')
    await utimes(path.join(unfinished, 'old'), hoursAgo, hoursAgo)
    await writeFile(path.join(unfinished, 'young'), 'half')

    expect(await keysOf(store, '')).toEqual([])
    expect(await readdir(unfinished)).toEqual(['young'])
    await openAt(root)
    expect(await readdir(unfinished)).toEqual(['young'])
  })

  it('that the disk cut short are written anew', async () => {
    const root = newRoot()
    const store = await openAt(root)
    await store.put(key, bytes, jpeg)
    await truncate(path.join(root, key), 100)
    await store.put(key, bytes, jpeg)
    expect((await store.read(key)).byteLength).toBe(50_000)
  })
})

const mount = mountSmall()
describe.skipIf(!mount)('a full disk', () => {
  it('is said to be full, keeps nothing half, and works again once there is room', async () => {
    const store = await openAt(path.join(mount!, 'blobs'))
    await store.put(key, bytes, jpeg)
    const large = originalKey('cd'.repeat(32), 'jpg')
    await expect(store.put(large, new Uint8Array(2_000_000), jpeg)).rejects.toMatchObject({
      ...{ code: 'store_full', message: `The disk of ${path.join(mount!, 'blobs')} is full.` },
    })
    expect(await readdir(path.join(mount!, 'blobs/.unfinished'))).toEqual([])
    expect(await keysOf(store, '')).toEqual([key])
    await expect(store.probe()).rejects.toMatchObject({ code: 'store_full' })
    execFileSync('mount', ['-o', 'remount,size=4m', mount!])
    await store.probe()

    await store.put(large, bytes, jpeg)
    expect(await keysOf(store, '')).toEqual([key, large])
  })
})

/** A disk of 1 MB, where this machine lets us mount one. */
function mountSmall(): string | null {
  const at = path.join(home, 'small')
  try {
    execFileSync('mkdir', ['-p', at])
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', at], { stdio: 'pipe' })
    afterAll(() => execFileSync('umount', [at]))
    return at
  } catch {
    console.warn('skipped: the full disk, as a small tmpfs cannot be mounted here (that takes root on Linux)')
    return null
  }
}

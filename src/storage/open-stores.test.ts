import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readSettings } from '../settings.ts'
import { openStores, storageSettings } from './open-stores.ts'

const home = await mkdtemp(path.join(tmpdir(), 'magpie-stores-'))
afterAll(() => rm(home, { recursive: true, force: true }))
const bytes = new Uint8Array(3)
const jpeg = { mediaType: 'image/jpeg' }

describe('the stores of this machine', () => {
  it('are found by name, the disk’s in the data folder', async () => {
    const settings = readSettings(storageSettings, {})
    const dataFolder = path.join(home, 'data')
    const stores = await openStores(settings, { dataFolder, mayCreate: true })
    await stores.get('disk').put('a/b.jpg', bytes, jpeg)
    await stores.get('memory').put('a/b.jpg', bytes, jpeg)
    expect(stores.get('disk').name).toBe('disk')

    const elsewhere = readSettings(storageSettings, { STORE_DISK_ROOT: path.join(dataFolder, 'blobs') })
    const again = await openStores(elsewhere, { dataFolder: home, mayCreate: false })
    expect(await again.get('disk').exists('a/b.jpg')).toBe(true)
    expect(await again.get('memory').exists('a/b.jpg')).toBe(false)
  })

  it('are guarded', async () => {
    const stores = await openStores(readSettings(storageSettings, {}), {
      dataFolder: path.join(home, 'other'),
      mayCreate: true,
    })
    for (const name of ['disk', 'memory'] as const) {
      await expect(stores.get(name).read('../secret')).rejects.toThrow(TypeError)
    }
  })
})

import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ourS3ForThis } from '../../test/servers/s3/places.ts'
import { readSettings } from '../settings.ts'
import { openStores, storageSettings } from './open-stores.ts'

const home = await mkdtemp(path.join(tmpdir(), 'magpie-stores-'))
afterAll(() => rm(home, { recursive: true, force: true }))
const bytes = new Uint8Array(3)
const atFirst = { inUse: [], isNew: async () => true }
const jpeg = { mediaType: 'image/jpeg' }

describe('the stores of this machine', () => {
  it('are found by name, the disk’s in the data folder', async () => {
    const settings = readSettings(storageSettings, {})
    const dataFolder = path.join(home, 'data')
    const stores = await openStores(settings, { dataFolder, ...atFirst })
    await stores.get('disk').put('a/b.jpg', bytes, jpeg)
    await stores.get('memory').put('a/b.jpg', bytes, jpeg)
    expect(stores.get('disk').name).toBe('disk')

    const elsewhere = readSettings(storageSettings, { STORE_DISK_ROOT: path.join(dataFolder, 'blobs') })
    const again = await openStores(elsewhere, { dataFolder: home, inUse: [], isNew: async () => false })
    expect(await again.get('disk').exists('a/b.jpg')).toBe(true)
    expect(await again.get('memory').exists('a/b.jpg')).toBe(false)
  })

  it('are guarded', async () => {
    const stores = await openStores(readSettings(storageSettings, {}), {
      dataFolder: path.join(home, 'other'),
      ...atFirst,
    })
    for (const name of ['disk', 'memory'] as const) {
      await expect(stores.get(name).read('../secret')).rejects.toThrow(TypeError)
    }
  })

  it('are those that are in use or set up: a machine without the disk of another is fine', async () => {
    const at = await ourS3ForThis('minio')
    const dataFolder = path.join(home, 'second-machine')
    const settings = readSettings(storageSettings, { STORE: 's3', ...at.environment() })
    const stores = await openStores(settings, { dataFolder, ...atFirst })
    expect([...stores.names].sort()).toEqual(['memory', 's3'])
    await stores.get('s3').put('a/b.jpg', bytes, jpeg)
    expect(() => stores.get('disk')).toThrow(expect.objectContaining({ code: 'store_unavailable' }))
    expect(existsSync(dataFolder)).toBe(false)
  })

  it('are wanted by the catalogues that name them', async () => {
    const at = { dataFolder: path.join(home, 'third'), isNew: async () => true }
    const settings = readSettings(storageSettings, {})
    await expect(openStores(settings, { ...at, inUse: ['s3'] })).rejects.toMatchObject({
      code: 'setting_invalid',
      details: { setting: 'STORE_S3_BUCKET' },
    })
  })

  it('include a disk that holds blobs although no catalogue names it any more', async () => {
    const at = await ourS3ForThis('minio')
    const where = { dataFolder: path.join(home, 'moved'), ...atFirst }
    await openStores(readSettings(storageSettings, {}), where)
    const settings = readSettings(storageSettings, { STORE: 's3', ...at.environment() })
    expect((await openStores(settings, where)).get('disk').name).toBe('disk')
  })
})

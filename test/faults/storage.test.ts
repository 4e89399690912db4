import { spawnSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildApp } from '../../src/http/app.ts'
import { openMagpie } from '../../src/main.ts'
import type { Magpie } from '../../src/jobs/magpie.ts'
import { aPlace, haveDatabase, silent, until, type Place } from '../given.ts'
import { allWell, check } from './checks.ts'
import { finish, lookInto, nothingSpent, saveItems, spent, states } from './many-images.ts'
import { startOrigin, type Origin } from './origin.ts'

const minutes = 60_000
/** So large that some thirty pictures fill the small disk. */
const padding = 40_000
const smallDisk = '1200k'

const mount = (...words: readonly string[]) => spawnSync('mount', words, { encoding: 'utf8' })
const umount = (folder: string) => spawnSync('umount', ['-l', folder])

/** Whether this process may mount: in a container without the right it may not, though it is root. */
function mayMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  const folder = path.join(import.meta.dirname, '../../build/mount-probe')
  mkdirSync(folder, { recursive: true })
  const { status } = mount('-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder)
  if (status === 0) umount(folder)
  return status === 0
}

const canMount = mayMount()
if (!canMount) console.warn('skipped: a disk that is full, for this user may not mount one')

interface Scene {
  readonly origin: Origin
  readonly place: Place
  readonly magpie: Magpie
}

describe.runIf(haveDatabase)('while the store', () => {
  let scene: Scene
  let images = 0

  const root = (folder: string) => path.join(folder, 'store')
  beforeAll(async () => {
    const origin = await startOrigin({ padding })
    const place = await aPlace({ FETCH_ALLOW_PRIVATE: origin.host, WORK_CONCURRENCY: '8' })
    const config = { ...place.config, STORE_DISK_ROOT: root(place.folder) }
    if (canMount) {
      mkdirSync(root(place.folder))
      mount('-t', 'tmpfs', '-o', `size=${smallDisk}`, 'tmpfs', root(place.folder))
    }
    scene = { origin, place: { ...place, config }, magpie: await openMagpie(config, silent) }
  }, minutes)
  afterAll(async () => {
    await scene?.magpie.close()
    if (scene && canMount) umount(root(scene.place.folder))
    await scene?.place.remove()
    await scene?.origin.close()
  })

  /** Works more images; when the workers say that they are paused, mends what is wrong, and waits for the end. */
  async function through(count: number, reason: RegExp, mend: () => void): Promise<void> {
    const { magpie, origin } = scene
    await saveItems(magpie, origin, { images: count, from: images + 1 })
    images += count
    const worked = finish(magpie, minutes)
    await until(async () => (await magpie.queue.workers()).some(({ state }) => state === 'paused'), minutes)
    const [worker] = await magpie.queue.workers()
    expect(worker!.reason).toMatch(reason)
    const asked = origin.counts.size
    expect(asked).toBeLessThan(images)
    mend()
    await worked
  }

  async function isWell(): Promise<void> {
    const { magpie, origin, place } = scene
    await magpie.close()
    const look = await lookInto(place)
    try {
      expect(await states(look.db)).toEqual({ ready: images })
      expect(await check(look.db, look.store)).toEqual(allWell)
      expect(await spent(look.db)).toEqual(nothingSpent)
      expect(origin.again()).toBe(0)
    } finally {
      await look.close()
      scene = { ...scene, magpie: await openMagpie(place.config, silent) }
    }
  }

  it.runIf(canMount)(
    'has no room, the work pauses with its bytes in hand, spends nothing, and goes on when there is room',
    async () => {
      const folder = root(scene.place.folder)
      await through(60, /disk of .* is full/i, () => {
        expect(mount('-o', 'remount,size=16m', folder).status).toBe(0)
      })
      await isWell()
    },
    3 * minutes,
  )

  it(
    'is away, the work pauses with its bytes in hand, spends nothing, and goes on when it is back',
    async () => {
      const folder = root(scene.place.folder)
      const away = `${folder}-away`
      // A mounted disk cannot be renamed; what makes it a store can.
      const [from, to] = canMount
        ? [path.join(folder, '.magpie-store'), path.join(folder, '.magpie-store-away')]
        : [folder, away]
      const [unfinished, unfinishedAway] = [path.join(folder, '.unfinished'), path.join(folder, '.away')]
      renameSync(from, to)
      if (canMount) renameSync(unfinished, unfinishedAway)
      await through(20, /has no \.magpie-store/, () => {
        renameSync(to, from)
        if (canMount) renameSync(unfinishedAway, unfinished)
      })
      await isWell()
    },
    3 * minutes,
  )

  it('was damaged under the tables, answers say so, what can be made again is made, and a sweep takes no more', async () => {
    const { magpie, place } = scene
    const app = buildApp(magpie)
    const fileOf = (key: string) => path.join(root(place.folder), key)
    try {
      const { items } = await magpie.listItems('many', { cursor: null, limit: 1 })
      const [missing, damaged, whole] = await magpie.images.ofItem(items[0]!.id)
      rmSync(fileOf(missing!.asset!.blob.key))
      writeFileSync(fileOf(damaged!.asset!.blob.key), Buffer.alloc(damaged!.asset!.blob.byteSize))
      const ask = (id: string) => app.inject({ url: `/images/${id}/thumb` })
      expect((await ask(missing!.id)).json()).toMatchObject({ code: 'blob_not_found' })
      expect((await ask(damaged!.id)).json()).toMatchObject({ code: 'blob_damaged' })

      const url = (await ask(whole!.id)).headers.location as string
      const before = await app.inject({ url })
      expect(before.statusCode).toBe(200)
      rmSync(path.join(fileOf('variants')), { recursive: true })
      const after = await app.inject({ url })
      expect(after.statusCode).toBe(200)
      expect(after.rawPayload.equals(before.rawPayload)).toBe(true)
      const dry = { graceMs: 0, dryRun: true, maxShare: 1 }
      expect(await magpie.sweep(dry)).toMatchObject({ goneImages: 0, assets: 0, unknownBlobs: 0 })
    } finally {
      await app.close()
    }
  })
})

import { readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { aPlace, aProcess, until, type Place } from '../../test/given.ts'
import { MagpieError } from '../errors.ts'
import { holdDataFolder } from './data-folder.ts'

/** A process that takes the folder, says so, and lives until it is killed. */
const aHolder = (folder: string, more = '') =>
  aProcess(`
    import { holdDataFolder } from './src/databases/data-folder.ts'
    const held = await holdDataFolder(${JSON.stringify(folder)})
    ${more}
    console.log('it is held')
    setInterval(() => {}, 1_000)`)

const errorOf = async (folder: string) => {
  const thrown: unknown = await holdDataFolder(folder).then(
    (held) => held.release(),
    (cause: unknown) => cause,
  )
  expect(thrown).toBeInstanceOf(MagpieError)
  return thrown as MagpieError
}

describe('the data folder', () => {
  let place: Place
  let lockFile: string
  beforeEach(async () => {
    place = await aPlace()
    lockFile = path.join(place.folder, 'magpie.lock')
  })
  afterEach(() => place.remove())

  it('is refused to a second process, which is told the first one’s id', async () => {
    const holder = aHolder(place.folder)
    await holder.said('it is held')
    const { code, message, details } = await errorOf(place.folder)
    expect(code).toBe('data_folder_in_use')
    expect(message).toContain(`process ${holder.pid}`)
    expect(message).toContain(place.folder)
    expect(details.measured).toBe(holder.pid)
  })

  it('tells the second process where the first one can be reached, once it has said so', async () => {
    const holder = aHolder(place.folder, `held.announce('http://127.0.0.1:8080')`)
    await holder.said('it is held')
    expect((await errorOf(place.folder)).remedy).toMatch(/^Use it at http:\/\/127\.0\.0\.1:8080,/)
  })

  it('is refused by another name of it too', async () => {
    const held = await holdDataFolder(place.folder)
    expect((await errorOf(path.join(place.folder, 'sub', '..'))).code).toBe('data_folder_in_use')
    await held.release()
  })

  it('is free as soon as its holder is killed', async () => {
    const holder = aHolder(place.folder)
    await holder.said('it is held')
    holder.kill('SIGKILL')
    await until(() => holder.signalCode === 'SIGKILL')
    expect(JSON.parse(readFileSync(lockFile, 'utf8'))).toMatchObject({ pid: holder.pid })
    const held = await holdDataFolder(place.folder)
    expect(JSON.parse(readFileSync(lockFile, 'utf8'))).toMatchObject({ pid: process.pid })
    await held.release()
  })

  it('is free after its release, as often as one likes', async () => {
    for (let turn = 0; turn < 3; turn++) await (await holdDataFolder(place.folder)).release()
    expect(() => readFileSync(lockFile)).toThrow('ENOENT')
  })

  it('is taken over from a lock file that a dead process or a crash has left', async () => {
    const dead = { pid: 2 ** 22 + 1, host: hostname(), command: 'serve', since: '2026-01-01', url: null }
    for (const left of [JSON.stringify(dead), '{"pid":', '']) {
      writeFileSync(lockFile, left)
      await (await holdDataFolder(place.folder)).release()
    }
  })

  it('is held by another machine for as long as that one’s lock file has a pulse', async () => {
    const far = { pid: 7, host: `not-${hostname()}`, command: 'serve', since: '2026-01-01', url: null }
    writeFileSync(lockFile, JSON.stringify(far))
    const { code, message } = await errorOf(place.folder)
    expect(code).toBe('data_folder_in_use')
    expect(message).toContain(`process 7 on not-${hostname()}`)
    utimesSync(lockFile, new Date(Date.now() - 60_000), new Date(Date.now() - 60_000))
    await (await holdDataFolder(place.folder)).release()
  })

  it('says so where it cannot be written to', async () => {
    const file = path.join(place.folder, 'a-file')
    writeFileSync(file, '')
    for (const folder of [path.join(file, 'data'), '/proc/magpie']) {
      const { code, message } = await errorOf(folder)
      expect(code).toBe('data_folder_unwritable')
      expect(message).toContain(folder)
    }
  })
})

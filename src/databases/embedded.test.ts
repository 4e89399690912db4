import { existsSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { sql, type Kysely } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aGate, aPlace, aProcess, onServer, silent, until, type Place } from '../../test/given.ts'
import { openDatabase, type Database } from '../database.ts'
import { tidy } from './tidy.ts'

describe.skipIf(onServer)('the embedded database', () => {
  let place: Place
  let database: Database
  const run = async (statement: string, db: Kysely<never> = database.db as never) =>
    (await sql.raw<Record<string, unknown>>(statement).execute(db)).rows

  beforeAll(async () => {
    place = await aPlace({ DATABASE_SYNC: 'on' })
    database = await openDatabase(place.config, place.folder, silent)
    await run('create table notes (text text not null)')
  })
  afterAll(async () => {
    await database.close()
    await place.remove()
  })

  it('asks the disk to keep what it wrote at every commit, and not between', async () => {
    const { syncs } = (database.place as Database['place'] & { kind: 'embedded' }).pool
    // What is left from before, a checkpoint for instance, is not to be counted.
    await run(`insert into notes values ('before')`)
    const before = syncs()
    await database.db.transaction().execute(async (tx) => {
      await run(`insert into notes values ('a')`, tx as never)
      await run(`insert into notes values ('b')`, tx as never)
      expect(syncs()).toBe(before)
    })
    const afterOne = syncs()
    expect(afterOne).toBeGreaterThan(before)
    await run(`insert into notes values ('c')`)
    expect(syncs()).toBeGreaterThan(afterOne)
    const afterTwo = syncs()
    await run('select * from notes')
    expect(syncs()).toBe(afterTwo)
  })

  it('is rid of dead rows after a pass of tidying, for nobody else does it here', async () => {
    const { pool } = database.place as Database['place'] & { kind: 'embedded' }
    await run('create table counted (n integer not null)')
    await run('insert into counted select 0 from generate_series(1, 2000)')
    const before = pool.changes()
    for (let n = 0; n < 3; n++) await run('update counted set n = n + 1')
    expect(pool.changes() - before).toBe(6000)
    const size = async () => Number((await run(`select pg_relation_size('counted') as size`))[0]!['size'])
    await tidy(pool)
    const tidied = await size()
    await run('update counted set n = n + 1')
    // The dead rows' places were free again: the table need not grow.
    expect(await size()).toBe(tidied)
  })

  it('never waits for the disk where that is switched off', async () => {
    const other = await aPlace({ DATABASE_SYNC: 'off' })
    const fast = await openDatabase(other.config, other.folder, silent)
    await run(`create table notes (text text)`, fast.db as never)
    expect((fast.place as Database['place'] & { kind: 'embedded' }).pool.syncs()).toBe(0)
    await fast.close()
    await other.remove()
  })

  it('keeps nothing of a transaction that fails', async () => {
    const transaction = database.db.transaction().execute(async (tx) => {
      await run(`insert into notes values ('never')`, tx as never)
      await run('select 1 / 0', tx as never)
    })
    await expect(transaction).rejects.toThrow('division by zero')
    expect(await run(`select * from notes where text = 'never'`)).toEqual([])
  })

  it('lets no query beside an open transaction join it', async () => {
    const [inside, goOn] = [aGate(), aGate()]
    const transaction = database.db.transaction().execute(async (tx) => {
      await run(`insert into notes values ('unseen')`, tx as never)
      inside.open()
      await goOn.opened
      throw new Error('changed our mind')
    })
    await inside.opened
    const beside = run(
      `insert into notes values ('beside') returning (select count(*) from notes where text = 'unseen') as seen`,
    )
    goOn.open()
    await expect(transaction).rejects.toThrow('changed our mind')
    expect(await beside).toEqual([{ seen: 0 }])
    expect(await run(`select text from notes where text in ('beside', 'unseen')`)).toEqual([
      { text: 'beside' },
    ])
  })

  it('goes on hearing notifications that it began to listen for beside a transaction that was rolled back', async () => {
    const { pool } = database.place as Database['place'] & { kind: 'embedded' }
    const [inside, goOn, heard] = [aGate(), aGate(), aGate()]
    const transaction = database.db.transaction().execute(async () => {
      inside.open()
      await goOn.opened
      throw new Error('changed our mind')
    })
    await inside.opened
    const listening = pool.listen('test_channel', () => heard.open())
    goOn.open()
    await expect(transaction).rejects.toThrow()
    const unlisten = await listening
    await run(`select pg_notify('test_channel', '')`)
    await heard.opened
    await unlisten()
  })

  it('starts again where a first start was killed half-way', async () => {
    const other = await aPlace()
    const folder = path.join(other.folder, 'database')
    const open = () => openDatabase(other.config, other.folder, silent)
    await (await open()).close()
    // As it lies after a kill while the cluster was being copied: some files, not all, and the marker beside.
    rmSync(path.join(folder, 'global'), { recursive: true })
    writeFileSync(`${folder}.being-made`, '')
    const again = await open()
    expect(await run('select count(*) as count from catalogs', again.db as never)).toEqual([{ count: 0 }])
    expect(existsSync(`${folder}.being-made`)).toBe(false)
    await again.close()
    await other.remove()
  })

  it('begins well however early its first start is killed', async () => {
    const other = await aPlace()
    const dying = aProcess(`
      import { watch } from 'node:fs'
      import { openEmbedded } from './src/databases/embedded.ts'
      watch(${JSON.stringify(other.folder)}, (_, name) => {
        if (name === 'database') process.kill(process.pid, 'SIGKILL')
      })
      await openEmbedded(${JSON.stringify(path.join(other.folder, 'database'))}, false)
      setInterval(() => {}, 1_000)`)
    await until(() => dying.signalCode === 'SIGKILL')
    const again = await openDatabase(other.config, other.folder, silent)
    expect(await run('select count(*) as count from catalogs', again.db as never)).toEqual([{ count: 0 }])
    await again.close()
    await other.remove()
  })
})

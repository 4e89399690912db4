import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { migrations } from '../migrations/migrations.ts'
import { aPlace, haveDatabase, onServer, silent, until } from '../test/given.ts'
import { inTransaction, openDatabase } from './database.ts'
import { MagpieError } from './errors.ts'

describe.runIf(haveDatabase)('the database', () => {
  it('has its tables after the first opening, and the second changes nothing', async () => {
    const place = await aPlace()
    const seen = []
    for (let turn = 0; turn < 2; turn++) {
      const database = await openDatabase(place.config, place.folder, silent)
      const { rows: columns } = await sql`
        select table_name, column_name, data_type from information_schema.columns
        where table_schema = 'public' order by 1, 2`.execute(database.db)
      const { rows: migrations } = await sql`select name, timestamp from kysely_migration`.execute(
        database.db,
      )
      const { rows: catalogs } = await sql`select name from catalogs`.execute(database.db)
      seen.push({ columns, migrations, catalogs })
      await sql`insert into catalogs (name, settings) values ('kept', '{}') on conflict do nothing`.execute(
        database.db,
      )
      await database.close()
    }
    expect(seen[0]!.columns.length).toBeGreaterThan(50)
    expect(seen[1]).toEqual({ ...seen[0]!, catalogs: [{ name: 'kept' }] })
    await place.remove()
  })

  it('reads counts and sizes as numbers, also those that 32 bits do not hold', async () => {
    const place = await aPlace()
    const { db, close } = await openDatabase(place.config, place.folder, silent)
    const { rows } = await sql`select count(*) as count, 5000000000::bigint as large from catalogs`.execute(
      db,
    )
    expect(rows).toEqual([{ count: 0, large: 5_000_000_000 }])
    await close()
    await place.remove()
  })

  it.runIf(onServer)('lets several processes bring its tables up to date at once', async () => {
    const place = await aPlace()
    const all = await Promise.all([1, 2, 3].map(() => openDatabase(place.config, place.folder, silent)))
    const { rows } = await sql`select count(*) as count from kysely_migration`.execute(all[0]!.db)
    expect(rows).toEqual([{ count: Object.keys(migrations).length }])
    await Promise.all(all.map(({ close }) => close()))
    await place.remove()
  })

  it.runIf(onServer)('does a transaction again that waited for another which waited for it', async () => {
    const place = await aPlace()
    const { db, close } = await openDatabase(place.config, place.folder, silent)
    await sql`insert into catalogs (name, settings) values ('a', '{}'), ('b', '{}')`.execute(db)
    let locked = 0
    const lockBoth = (first: string, second: string) =>
      inTransaction(db, async (tx) => {
        await sql`select from catalogs where name = ${first} for update`.execute(tx)
        locked += 1
        await until(() => locked >= 2)
        await sql`select from catalogs where name = ${second} for update`.execute(tx)
        return first
      })
    expect(await Promise.all([lockBoth('a', 'b'), lockBoth('b', 'a')])).toEqual(['a', 'b'])
    expect(locked).toBe(3)
    await close()
    await place.remove()
  })

  it('says which server it cannot reach, and keeps its password to itself', async () => {
    const place = await aPlace({ DATABASE_URL: 'postgres://magpie:secret@127.0.0.1:1/shop' })
    const thrown: unknown = await openDatabase(place.config, place.folder, silent).catch(
      (cause: unknown) => cause,
    )
    expect(thrown).toBeInstanceOf(MagpieError)
    expect(thrown).toMatchObject({ code: 'database_unavailable' })
    expect((thrown as Error).message).toContain('127.0.0.1:1/shop')
    expect((thrown as Error).message).not.toContain('secret')
    await place.remove()
  })
})

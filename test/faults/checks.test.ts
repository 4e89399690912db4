import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aPlace, haveDatabase, silent, type Place } from '../given.ts'
import { openMagpie } from '../../src/main.ts'
import { allWell, check, type Findings } from './checks.ts'
import { finish, lookInto, saveItems, states, type Look } from './many-images.ts'
import { startOrigin, type Origin } from './origin.ts'

/** A checker that has never been seen to complain proves nothing: each is shown what it is there for. */
describe.runIf(haveDatabase)('the checkers', () => {
  let origin: Origin
  let place: Place
  let look: Look

  beforeAll(async () => {
    origin = await startOrigin()
    place = await aPlace({ FETCH_ALLOW_PRIVATE: origin.host })
    const magpie = await openMagpie(place.config, silent)
    await saveItems(magpie, origin, { images: 6, perItem: 3 })
    await finish(magpie)
    await magpie.close()
    look = await lookInto(place)
  })
  afterAll(async () => {
    await look?.close()
    await place?.remove()
    await origin?.close()
  })

  const found = () => check(look.db, look.store)
  const run = (statement: string) => sql.raw(statement).execute(look.db)
  /** Remembers how images are, and answers with what makes them so again. */
  const remembered = async () => {
    const rows = await look.db.selectFrom('images').select(['id', 'state', 'asset_id', 'rank']).execute()
    return async () => {
      for (const { id, ...as } of rows)
        await look.db.updateTable('images').set(as).where('id', '=', id).execute()
    }
  }

  /** Plants a fault, looks, and mends it. */
  async function with_(plant: () => Promise<() => Promise<unknown>>): Promise<Findings> {
    const mend = await plant()
    const findings = await found()
    await mend()
    expect(await found()).toEqual(allWell)
    return findings
  }
  const anAsset = async () =>
    (await look.db.selectFrom('assets').select(['id', 'key']).orderBy('id').executeTakeFirst())!

  it('find nothing where all is well', async () => {
    expect(await found()).toEqual(allWell)
    expect(await states(look.db)).toEqual({ ready: 6 })
    expect(origin.again()).toBe(0)
    expect(origin.counts.size).toBe(6)
  })

  it('find a row without its blob, and a blob with other bytes', async () => {
    const { key } = await anAsset()
    const bytes = await look.store.read(key)
    const put = (what: Uint8Array) => look.store.put(key, what, { mediaType: 'image/png' })
    const missing = await with_(async () => {
      await look.store.delete(key)
      return () => put(bytes)
    })
    expect(missing).toEqual({ ...allWell, wrong: [expect.stringContaining(key)] })
    const damaged = await with_(async () => {
      await look.store.delete(key)
      await put(bytes.toReversed())
      return async () => {
        await look.store.delete(key)
        await put(bytes)
      }
    })
    expect(damaged).toEqual({ ...allWell, wrong: [`${key}: another digest`] })
  })

  it('find an image whose job is lost, and items that nobody will arrange', async () => {
    const { id } = (await look.db.selectFrom('images').select('id').orderBy('id').executeTakeFirst())!
    const stale = await with_(async () => {
      const mend = await remembered()
      await run(`update images set state = 'stale' where id = '${id}'`)
      return mend
    })
    expect(stale.lost).toEqual([`image ${id} is stale`])
    const unranked = await with_(async () => {
      const mend = await remembered()
      await run('update images set rank = null')
      return mend
    })
    expect(unranked.lost).toHaveLength(2)
  })

  it('find a rank, a job and a blob that are there twice', async () => {
    const { key } = await anAsset()
    const other = key.replace('.png', '.jpg')
    const findings = await with_(async () => {
      const mend = await remembered()
      await run('update images set rank = 0 where item_id in (select id from items limit 1)')
      for (let times = 0; times < 2; times++)
        await sql`insert into pgboss.job (id, name, data, state) values
          (${randomUUID()}, 'sync-catalog', '{"catalog":"planted"}', 'active')`.execute(look.db)
      await look.store.put(other, await look.store.read(key), { mediaType: 'image/jpeg' })
      return async () => {
        await mend()
        await run(`delete from pgboss.job where data->>'catalog' = 'planted'`)
        await look.store.delete(other)
      }
    })
    expect(findings.twice).toEqual([
      expect.stringMatching(/^rank 0 of /),
      expect.stringMatching(/^job sync-catalog /),
      expect.stringMatching(/^stored: /),
    ])
  })

  it('find an asset that no image shows, and a blob that no row names', async () => {
    const { id } = await anAsset()
    const key = `originals/00/${'0'.repeat(64)}.png`
    const findings = await with_(async () => {
      const mend = await remembered()
      await run(`update images set asset_id = null, state = 'failed' where asset_id = '${id}'`)
      await look.store.put(key, new Uint8Array([1]), { mediaType: 'image/png' })
      return async () => {
        await mend()
        await look.store.delete(key)
      }
    })
    expect(findings.orphans).toEqual([`asset ${id}`, `blob ${key}`])
  })

  it('count at the origin what is fetched again', async () => {
    const before = origin.again()
    await (await fetch(`${origin.url}/p/1.png`)).arrayBuffer()
    expect(origin.again()).toBe(before + 1)
  })
})

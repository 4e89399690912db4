import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { haveDatabase } from '../../test/given.ts'
import { openFetches, type Fetch, type Fetches } from './fetches.ts'
import { catalogDefaults } from './catalog.ts'
import { aCatalogRoom, asset, candidate, type CatalogRoom } from './given.suite.ts'
import { termsOf } from './policy.ts'
import { urlDigest } from './record.ts'

describe.runIf(haveDatabase)('fetching', () => {
  let room: CatalogRoom
  let fetches: Fetches
  beforeAll(async () => {
    room = await aCatalogRoom()
    fetches = openFetches(room.db)
  })
  afterAll(async () => {
    fetches?.close()
    await room?.remove()
  })

  const terms = termsOf(catalogDefaults.policy)
  const begin = (urlDigest: string) => fetches.begin(urlDigest, terms)
  const end = (fetch: Fetch) => room.inTransaction((tx) => fetches.end(tx, fetch))

  it('is begun by one of those who want the same address, one after the other or at once', async () => {
    const all = await Promise.all(['a', 'a', 'b'].map(begin))
    expect(all.map((fetch) => fetch !== null).toSorted()).toEqual([false, true, true])
    expect(all[2]).not.toBeNull()
    expect(await begin('a')).toBeNull()
  })

  it('is begun by each who would ask in another way', async () => {
    expect(await begin('c')).not.toBeNull()
    const licensed = termsOf({ ...catalogDefaults.policy, robots: 'ignore' })
    expect(await fetches.begin('c', licensed)).not.toBeNull()
    expect(await fetches.begin('c', licensed)).toBeNull()
  })

  it('is free for others once it is ended or given up, but not by somebody else', async () => {
    const first = (await begin('d'))!
    await end({ ...first, holder: crypto.randomUUID() })
    expect(await begin('d')).toBeNull()
    await end(first)
    const second = (await begin('d'))!
    await fetches.giveUp(second)
    expect(await begin('d')).not.toBeNull()
  })

  it('is not ended by what is rolled back', async () => {
    const first = (await begin('e'))!
    await room
      .inTransaction(async (tx) => {
        await fetches.end(tx, first)
        throw new Error('rolled back')
      })
      .catch(() => undefined)
    expect(await begin('e')).toBeNull()
  })

  it('is free once its process has been silent for long', async () => {
    await begin('f')
    await sql`update fetches set until = now() - interval '1 second'`.execute(room.db)
    expect(await begin('f')).not.toBeNull()
  })

  it('is not begun for what has come meanwhile, and holds up nobody', async () => {
    const item = await room.anItem()
    await room.record(item, [candidate(7)])
    await room.show((await room.images.ofItem(item))[0]!, asset('seven'))
    const digest = urlDigest(candidate(7).normalUrl)
    expect(await begin(digest)).toBeNull()
    await room.age(120_000)
    expect(await begin(digest)).not.toBeNull()
  })
})

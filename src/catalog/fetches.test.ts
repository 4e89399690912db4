import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { haveDatabase } from '../../test/given.ts'
import { openFetches, type Fetches } from './fetches.ts'
import { aCatalogRoom, asset, candidate, type CatalogRoom } from './given.suite.ts'
import { newId } from './ids.ts'
import { urlDigest } from './record.ts'

describe.runIf(haveDatabase)('fetching', () => {
  let room: CatalogRoom
  let fetches: Fetches
  beforeAll(async () => {
    room = await aCatalogRoom()
    fetches = openFetches(room.db)
  })
  afterAll(() => room?.remove())

  const aFetch = (url: string) => ({ urlDigest: urlDigest(url), imageId: newId<'image'>() })
  const end = (fetch: ReturnType<typeof aFetch>) => room.inTransaction((tx) => fetches.end(tx, fetch))

  it('is begun by one of those who want the same address, one after the other or at once', async () => {
    const [one, two, three] = [aFetch('a'), aFetch('a'), aFetch('b')]
    expect(await Promise.all([one, two, three].map(fetches.begin))).toEqual([true, false, true])
    expect(await fetches.begin(two)).toBe(false)
  })

  it('can be begun anew by the same image, whose worker may have died', async () => {
    const one = aFetch('c')
    expect([await fetches.begin(one), await fetches.begin(one)]).toEqual([true, true])
  })

  it('is free for others once it is ended or given up, but not by somebody else', async () => {
    const [one, two, three] = [aFetch('d'), aFetch('d'), aFetch('d')]
    await fetches.begin(one)
    await end(two)
    expect(await fetches.begin(two)).toBe(false)
    await end(one)
    expect(await fetches.begin(two)).toBe(true)
    await fetches.giveUp(two)
    expect(await fetches.begin(three)).toBe(true)
  })

  it('is not ended by what is rolled back', async () => {
    const [one, two] = [aFetch('e'), aFetch('e')]
    await fetches.begin(one)
    await room
      .inTransaction(async (tx) => {
        await fetches.end(tx, one)
        throw new Error('rolled back')
      })
      .catch(() => undefined)
    expect(await fetches.begin(two)).toBe(false)
  })

  it('is free once a worker has been silent for long', async () => {
    const [one, two] = [aFetch('f'), aFetch('f')]
    await fetches.begin(one)
    await sql`update fetches set until = now() - interval '1 second'`.execute(room.db)
    expect(await fetches.begin(two)).toBe(true)
  })

  it('is not begun for what has come meanwhile, and holds up nobody', async () => {
    const item = await room.anItem()
    await room.record(item, [candidate(7)])
    const image = (await room.images.ofItem(item))[0]!
    await room.show(image, asset('seven'))
    const late = { urlDigest: urlDigest(candidate(7).normalUrl), imageId: newId<'image'>() }
    expect(await fetches.begin(late)).toBe(false)
    await room.age(120_000)
    expect(await fetches.begin(late)).toBe(true)
  })
})

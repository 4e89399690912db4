import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { haveDatabase } from '../../test/given.ts'
import { aCatalogRoom, type CatalogRoom } from './given.suite.ts'
import { openUpgrades, type Upgrades } from './upgrades.ts'

describe.runIf(haveDatabase)('what a host teaches of a guess', () => {
  let room: CatalogRoom
  let upgrades: Upgrades
  beforeAll(async () => {
    room = await aCatalogRoom()
    upgrades = openUpgrades(room.db, 30)
  })
  afterAll(() => room?.remove())

  const taught = async (host: string, ...lessons: readonly ('prove' | 'refuse')[]) => {
    for (const lesson of lessons) await upgrades[lesson](host, 'name-size')
    return (await upgrades.standings(host, ['name-size', 'query-size'])).get('name-size')
  }
  const nothing = { isTrusted: false, isOff: false }

  it('is nothing at first, trust after three proofs, and to leave it after two refusals', async () => {
    expect(await taught('a')).toBeUndefined()
    expect(await taught('a', 'prove', 'prove')).toEqual(nothing)
    expect(await taught('a', 'prove')).toEqual({ isTrusted: true, isOff: false })
    expect(await taught('b', 'refuse')).toEqual(nothing)
    expect(await taught('b', 'refuse')).toEqual({ isTrusted: false, isOff: true })
  })

  it('loses its trust by one refusal, has it again after three proofs, and is forgiven then', async () => {
    expect(await taught('c', 'prove', 'prove', 'prove', 'refuse')).toEqual(nothing)
    expect(await taught('c', 'prove', 'prove')).toEqual(nothing)
    expect(await taught('c', 'prove')).toEqual({ isTrusted: true, isOff: false })
    expect(await taught('c', 'refuse')).toEqual(nothing)
    expect(await taught('c', 'prove', 'refuse')).toEqual({ isTrusted: false, isOff: true })
  })

  it('is of that host and that rule alone', async () => {
    await taught('d', 'refuse', 'refuse')
    expect((await upgrades.standings('d', ['query-size'])).size).toBe(0)
    expect((await upgrades.standings('e', ['name-size'])).size).toBe(0)
  })

  it('is asked again when a refusal is older than the setting says, and left again after two more', async () => {
    expect(await taught('f', 'refuse', 'refuse')).toEqual({ isTrusted: false, isOff: true })
    await sql`update upgrades set refused_at = now() - interval '31 days' where host = 'f'`.execute(room.db)
    expect(await taught('f')).toEqual(nothing)
    expect(await taught('f', 'refuse')).toEqual(nothing)
    expect(await taught('f', 'refuse')).toEqual({ isTrusted: false, isOff: true })
  })

  it('counts every lesson that comes at the same time', async () => {
    await Promise.all([1, 2, 3].map(() => upgrades.prove('g', 'name-size')))
    expect(await taught('g')).toEqual({ isTrusted: true, isOff: false })
  })
})

import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { haveDatabase } from '../../test/given.ts'
import { aCatalogRoom, type CatalogRoom } from './given.suite.ts'
import { presets, sourcePolicy, termsOf } from './policy.ts'

let room: CatalogRoom
beforeAll(async () => {
  if (haveDatabase) room = await aCatalogRoom()
})
afterAll(() => room?.remove())

describe('a policy', () => {
  it('of which nothing is said is that for the web at large', () => {
    expect(sourcePolicy.parse({})).toEqual({ preset: 'generic-web', ...presets['generic-web'] })
    expect(sourcePolicy.parse({})).toMatchObject({ robots: 'respect', optOut: 'respect', bytesPerHour: null })
  })

  it('has the terms of another where the same request would be made and the same word heeded', () => {
    const terms = (given: Parameters<typeof sourcePolicy.parse>[0]) => termsOf(sourcePolicy.parse(given))
    const headers = { A: '1', b: '2' }
    expect(terms({ headers })).toBe(terms({ headers: { b: '2', a: '1' }, hostConcurrency: 1 }))
    const others = [{}, { headers: { a: '1' } }, { headers, robots: 'ignore' }, { headers, optOut: 'ignore' }]
    expect(new Set([{ headers }, ...others].map(terms)).size).toBe(5)
    const { 'generic-web': web } = presets
    expect(termsOf(web, 'as-named')).not.toBe(termsOf(web, 'prove'))
    expect(termsOf(web, 'prove')).toBe(termsOf(web))
  })

  it('begins with its preset, and is otherwise where something else is said', () => {
    const policy = sourcePolicy.parse({
      preset: 'mls-grid',
      hostConcurrency: 1,
      requestsPerDay: null,
      headers: { 'user-agent': 'token' },
    })
    expect(policy).toMatchObject({
      hostConcurrency: 1,
      requestsPerSecond: 2,
      requestsPerHour: 7_200,
      requestsPerDay: null,
      bytesPerHour: 4_000_000_000,
      headers: { 'accept-encoding': 'gzip', 'user-agent': 'token' },
      robots: 'ignore',
    })
  })

  it('that was read whole means the same when it is written back', () => {
    for (const preset of Object.keys(presets) as (keyof typeof presets)[]) {
      const whole = sourcePolicy.parse({ preset })
      expect(sourcePolicy.parse(whole)).toEqual(whole)
    }
  })
})

describe.runIf(haveDatabase)('the policy of a catalogue', () => {
  it('is stored as it was given, and read whole', async () => {
    const policy = { preset: 'amplify', hostConcurrency: 3 } as const
    const made = await room.catalogs.ensure('amplified', { policy })
    expect(made.policy).toMatchObject({ ...policy, requestsPerMinute: 60_000 })
    const stored =
      await sql`select settings->'policy' as policy from catalogs where name = 'amplified'`.execute(room.db)
    expect(stored.rows).toEqual([{ policy }])
  })

  it.each([
    [{ preset: 'mls' }, /policy\.preset: .*generic-web.*, got "mls"/],
    [{ requestsPerFortnight: 1 }, /policy: .*requestsPerFortnight.*known are .*requestsPerHour/],
    [{ requestsPerHour: 0 }, /policy\.requestsPerHour: .*>=1, got 0/],
    [{ robots: 'sometimes' }, /policy\.robots: /],
  ])('cannot be %j, and it is said where', async (policy, message) => {
    await expect(room.catalogs.ensure('wrong', { policy: policy as never })).rejects.toMatchObject({
      code: 'input_invalid',
      message: expect.stringMatching(message) as string,
    })
  })
})

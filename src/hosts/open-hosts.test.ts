import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { aPlace, haveDatabase, silent, until, type Place } from '../../test/given.ts'
import { openDatabase, type Database } from '../database.ts'
import { fine, never } from './given.suite.ts'
import type { HostLimits, Hosts, TurnAsk } from './host-turns.ts'
import { openHosts } from './open-hosts.ts'

let place: Place
let database: Database
beforeAll(async () => {
  if (!haveDatabase) return
  place = await aPlace()
  database = await openDatabase(place.config, place.folder, silent)
})
beforeEach(async () => {
  if (haveDatabase) await sql`truncate hosts, turns`.execute(database.db)
})
afterAll(async () => {
  await database?.close()
  await place?.remove()
})

/** As a process of several would have them: states and turns in the tables, also of the embedded database. */
const shared = (leaseMs = 10_000, HOSTS_WAIT_MS = 0): Promise<Hosts> =>
  openHosts({ db: database.db, place: { kind: 'server', url: '' } }, { HOSTS_WAIT_MS }, { leaseMs })
const own = (): Promise<Hosts> => openHosts(database, { HOSTS_WAIT_MS: 0 })

const ask = (limits: Partial<HostLimits> = {}, more: Partial<TurnAsk> = {}): TurnAsk => ({
  ...{ host: 'shop.example:443', want: 'this', alone: false, begun: false, ...more },
  limits: { hostConcurrency: 8, hostDelayMs: 0, ...limits },
})

describe.runIf(haveDatabase)('what is known of a host', () => {
  it('outlives the process', async () => {
    const before = await own()
    for (let n = 0; n < 3; n++) (await before.take(ask({ requestsPerDay: 3 }), never)).end(fine)
    const busy = { ...fine, status: 429, code: 'source_busy', retryAfterMs: 60_000 }
    ;(await before.take(ask({}, { host: 'other.example:443' }), never)).end(busy)
    await before.close()
    const after = await own()
    await expect(after.take(ask({ requestsPerDay: 3 }), never)).rejects.toMatchObject({ code: 'host_busy' })
    await expect(after.take(ask({}, { host: 'other.example:443' }), never)).rejects.toMatchObject({
      code: 'host_paused',
    })
    const states = (await after.states()).toSorted((a, b) => a.host.localeCompare(b.host))
    expect(states).toMatchObject([
      { host: 'other.example:443', underWay: 0, rate: 0.5, reason: 'source_busy' },
      { host: 'shop.example:443', underWay: 0, rate: 1, pausedUntil: null, used: { requestsPerDay: 3 } },
    ])
    expect(await after.resume('other.example')).toBe(true)
    ;(await after.take(ask({}, { host: 'other.example:443' }), never)).end(fine)
    await after.close()
  })

  it('is common to all processes: turns, wants and pauses', async () => {
    const [one, other] = [await shared(), await shared()]
    const turn = await one.take(ask({ hostConcurrency: 1 }, { alone: true }), never)
    await expect(other.take(ask({ hostConcurrency: 1 }), never)).rejects.toMatchObject({ code: 'host_busy' })
    await expect(other.take(ask({}, { alone: true }), never)).rejects.toMatchObject({
      code: 'fetch_under_way',
      details: { retryAfterMs: 1000 },
    })
    expect(await other.states()).toMatchObject([{ underWay: 1 }])
    turn.end({ ...fine, status: 503, retryAfterMs: 60_000 })
    await one.close()
    await expect(other.take(ask(), never)).rejects.toMatchObject({ code: 'host_paused' })
    expect(await other.resume('shop.example:443')).toBe(true)
    ;(await other.take(ask(), never)).end(fine)
    await other.close()
    expect(await turns()).toEqual([])
  })

  it('counts a turn for as long as its process says so, and no longer', async () => {
    const [one, other] = [await shared(2500), await shared(2500)]
    await one.take(ask({ hostConcurrency: 1 }), never)
    const [first] = await turns()
    await until(async () => (await turns())[0]!.expires_at.getTime() > first!.expires_at.getTime() + 500)
    await expect(other.take(ask({ hostConcurrency: 1 }), never)).rejects.toMatchObject({ code: 'host_busy' })
    // What is left of a process that died: turns that nobody renews.
    await one.close()
    await until(() =>
      other.take(ask({ hostConcurrency: 1 }), never).then(
        () => true,
        () => false,
      ),
    )
    expect(await turns()).toHaveLength(1)
    await other.close()
  })

  it('is asked for again when the tables have forgotten the host', async () => {
    const hosts = await shared()
    ;(await hosts.take(ask(), never)).end(fine)
    await until(async () => (await turns()).length === 0)
    await sql`delete from hosts`.execute(database.db)
    ;(await hosts.take(ask(), never)).end(fine)
    await hosts.close()
    expect(await hosts.states()).toMatchObject([{ underWay: 0 }])
  })

  it('is forgotten in time, also by a process that runs on', async () => {
    const hosts = await openHosts(database, { HOSTS_WAIT_MS: 0 }, { forgetEveryMs: 50 })
    await sql`
      insert into hosts (host, state, updated_at)
      values ('old.example:443', '{}', now() - interval '3 days'), ('new.example:443', '{}', now())`.execute(
      database.db,
    )
    const names = async () =>
      (await sql<{ host: string }>`select host from hosts`.execute(database.db)).rows.map(({ host }) => host)
    await until(async () => (await names()).length === 1)
    await hosts.close()
    expect(await names()).toEqual(['new.example:443'])
  })

  it('learns of what was given back while the tables could not be written, once they can', async () => {
    const hosts = await shared()
    const turn = await hosts.take(ask({ hostConcurrency: 1 }), never)
    await sql`alter table turns rename to out_of_reach`.execute(database.db)
    turn.end(fine)
    await expect(hosts.take(ask({ hostConcurrency: 1 }), never)).rejects.toThrow(/turns/)
    await sql`alter table out_of_reach rename to turns`.execute(database.db)
    await until(async () => (await turns()).length === 0)
    await hosts.close()
  })

  it('leaves nothing behind of those who gave up waiting', async () => {
    const hosts = await shared(10_000, 60_000)
    const turn = await hosts.take(ask({ hostConcurrency: 1 }), never)
    const giving = new AbortController()
    const waits = hosts.take(ask({ hostConcurrency: 1 }), giving.signal)
    await until(async () => (await waiting()).length === 1)
    giving.abort(new Error('enough'))
    await expect(waits).rejects.toThrow('enough')
    await until(async () => (await waiting()).length === 0)
    turn.end(fine)
    await hosts.close()
    expect(await turns()).toEqual([])
  })

  it('has those first who have waited longest, in whatever process', async () => {
    const [one, other] = [await shared(10_000, 60_000), await shared(10_000, 60_000)]
    const alone = ask({ hostConcurrency: 1 })
    const turn = await one.take(alone, never)
    const order: string[] = []
    const waitIn = async (hosts: Hosts, name: string) => {
      const mine = await hosts.take(alone, never)
      order.push(name)
      mine.end(fine)
    }
    const elder = waitIn(other, 'elder')
    await until(async () => (await waiting()).length === 1)
    // Longer than the tenth of a second by which order may be off.
    await new Promise((resolve) => setTimeout(resolve, 150))
    const younger = [waitIn(one, 'younger'), waitIn(one, 'youngest')]
    turn.end(fine)
    await Promise.all([elder, ...younger])
    expect(order).toEqual(['elder', 'younger', 'youngest'])
    await Promise.all([one.close(), other.close()])
  })
})

const turns = () => database.db.selectFrom('turns').selectAll().execute()

const waiting = async () => {
  const rows = await sql<{
    holder: string
  }>`select jsonb_object_keys(state->'waiting') as holder from hosts`.execute(database.db)
  return rows.rows
}

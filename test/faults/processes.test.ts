import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CatalogChanges } from '../../src/catalog/catalog.ts'
import { aMagpie, haveDatabase, onServer, until } from '../given.ts'
import { allWell, check } from './checks.ts'
import { catalogOfAll, lookInto, openJobs, nothingSpent, saveItems, spent, type Look } from './many-images.ts'
import { startOrigin, type Origin, type Refusal, type Visit } from './origin.ts'
import { startPgProxy, type PgProxy } from './pg-proxy.ts'
import { startWorkers, stopWorkers, type Run } from './workers.ts'

const minutes = 60_000
const fourWorkers = 4
/** Of each worker: so many pictures at most are in its hands. */
const concurrency = 8

/** The wire to the database breaks; hosts refuse; work comes twice; and at the end they are told to stop. */
describe.runIf(onServer && haveDatabase)('four workers, one after the other,', () => {
  let origin: Origin
  let magpie: Awaited<ReturnType<typeof aMagpie>>
  let proxy: PgProxy
  let look: Look
  let workers: readonly Run[] = []
  let refuses: (path: string, at: number) => Refusal | null = () => null
  let images = 0

  beforeAll(async () => {
    origin = await startOrigin({ latencyMs: 20, refuses: (path, at) => refuses(path, at) })
    magpie = await aMagpie({ FETCH_ALLOW_PRIVATE: origin.host })
    proxy = await startPgProxy(magpie.place.config.DATABASE_URL!)
    look = await lookInto(magpie.place)
    const settings = { DATABASE_URL: proxy.url, WORK_CONCURRENCY: String(concurrency) }
    workers = await startWorkers(fourWorkers, magpie.place, { origin, settings })
  }, 2 * minutes)
  afterAll(async () => {
    for (const { kill } of workers) kill('SIGKILL')
    await look?.close()
    await proxy?.close()
    await magpie?.remove()
    await origin?.close()
  })

  /** More images, each with its job; answers with the number of the first. */
  const more = async (count: number, catalog = 'many', settings: CatalogChanges = {}) => {
    const from = images + 1
    images += count
    await saveItems(magpie, origin, { images: count, from, catalog, settings })
    return from
  }
  const worked = () => until(async () => (await openJobs(look.db)) === 0, 2 * minutes)
  const isWell = async () => {
    expect(await check(look.db, look.store)).toEqual(allWell)
    expect(await spent(look.db)).toEqual(nothingSpent)
    expect(origin.counts.size).toBe(images)
  }
  const visitsSince = (count: number) => origin.visits.slice(count)

  it.each([
    ['is cut before a COMMIT', 'cut-before'],
    ['is cut after a COMMIT, whose answer is lost', 'lose-answer'],
  ] as const)(
    'lose nothing and do nothing twice when a connection %s',
    async (_, fault) => {
      const happened = proxy.once(fault, /^\s*commit/i, /update images set\s+state/i)
      await more(40)
      await happened
      await worked()
      await isWell()
      // A picture whose outcome could not be written at once is kept in hand; one still on its walk comes again.
      expect(origin.again()).toBeLessThanOrEqual(concurrency)
    },
    3 * minutes,
  )

  it(
    'lose nothing when all connections are cut, six times',
    async () => {
      await more(120)
      for (let times = 1; times <= 6; times++) {
        await origin.asked(images - 120 + times * 10)
        await until(() => proxy.cutAll() > 0)
      }
      await worked()
      await isWell()
    },
    3 * minutes,
  )

  it(
    'wait out eight seconds without a network',
    async () => {
      await more(80)
      await origin.asked(images - 60)
      await proxy.partition(8_000)
      await worked()
      await isWell()
    },
    3 * minutes,
  )

  it(
    'fetch a picture once, for two items that show it and two workers that were given it',
    async () => {
      const before = origin.visits.length
      const from = await more(40)
      await saveItems(magpie, origin, { images: 40, from, catalog: 'others' })
      await sql`
        insert into pgboss.job (name, data, singleton_key, start_after)
        select name, data, singleton_key || ' again', start_after from pgboss.job where state = 'created'`.execute(
        look.db,
      )
      await worked()
      await isWell()
      expect(visitsSince(before)).toHaveLength(40)
    },
    3 * minutes,
  )

  it(
    'keep to a host’s limits together',
    async () => {
      const before = origin.visits.length
      const policy = { hostConcurrency: 3, hostDelayMs: 20, requestsPerSecond: 20 }
      await more(80, 'limited', { policy })
      await worked()
      const starts = visitsSince(before).map(({ startedAt }) => startedAt)
      expect(starts).toHaveLength(80)
      // A request may be held up on its way, and the next not: the clock here is not the one that they started by.
      const inAnySecond = starts.map(
        (at) => starts.filter((other) => other >= at && other < at + 1000).length,
      )
      expect(Math.max(...inAnySecond)).toBeLessThanOrEqual(20 + 3)
      expect(starts.at(-1)! - starts[0]!).toBeGreaterThan(79 * 20 - 100)
      expect(mostAtOnce(visitsSince(before))).toBeLessThanOrEqual(3)
      await isWell()
    },
    3 * minutes,
  )

  it(
    'all leave a host alone for as long as it asks, and spend no attempt on what waits',
    async () => {
      const before = origin.visits.length
      let refusedAt: number | null = null
      refuses = (_, at) => {
        if (refusedAt !== null || origin.visits.length < before + 20) return null
        refusedAt = at
        return { status: 429, headers: { 'retry-after': '3' } }
      }
      await more(80, 'many', catalogOfAll)
      await worked()
      const visits = visitsSince(before)
      const refused = visits.find(({ status }) => status === 429)!
      // What was granted before its word had reached the table is on its way; nothing else is.
      const meanwhile = visits
        .map(({ startedAt }) => startedAt - refused.endedAt)
        .filter((afterMs) => afterMs > 1_000 && afterMs < 2_900)
      expect(meanwhile).toEqual([])
      expect(await spent(look.db)).toMatchObject({ crashes: 0, dead: 0 })
      expect((await spent(look.db)).attempts).toBeLessThanOrEqual(1)
      expect(await check(look.db, look.store)).toEqual(allWell)
    },
    3 * minutes,
  )

  it(
    'finish what is in their hands when they are told to stop, and leave the rest to others',
    async () => {
      const settings = { policy: { ...catalogOfAll.policy, hostConcurrency: 8, hostDelayMs: 50 } }
      await more(200, 'drained', settings)
      await origin.asked(images - 180)
      const endings = await stopWorkers(workers)
      expect(endings).toEqual(Array(fourWorkers).fill({ code: 0, signal: null }))
      const { rows } = await sql`select from pgboss.job where state = 'active'`.execute(look.db)
      expect(rows).toEqual([])
      expect(await openJobs(look.db)).toBeGreaterThan(0)
      expect(await check(look.db, look.store)).toEqual(allWell)
      expect(await magpie.queue.workers()).toEqual([])
    },
    3 * minutes,
  )
})

/** How many visits there were at once, at most. */
function mostAtOnce(visits: readonly Visit[]): number {
  return Math.max(
    ...visits.map(
      ({ startedAt }) =>
        visits.filter((other) => other.startedAt <= startedAt && other.endedAt > startedAt).length,
    ),
  )
}

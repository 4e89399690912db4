import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { aPlace, haveDatabase, onServer, until } from '../../test/given.ts'
import { aQueueIn, done, working } from './given.suite.ts'
import { ordinaryTimes } from './times.ts'

describe.runIf(onServer && haveDatabase)('four queues on one server', () => {
  it('do each of 10,000 jobs once, and open at the same moment', async () => {
    const place = await aPlace()
    const kind = { concurrency: 100, expireInSeconds: 60 }
    const kinds = { greet: kind, serve: kind }
    // The tables are made by one; the queue's own indexes by whoever comes first.
    const first = await aQueueIn(place, { times: ordinaryTimes, kinds })
    await sql`drop index pgboss.magpie_claim, pgboss.magpie_listed, pgboss.magpie_standing`.execute(first.db)
    const others = await Promise.all([1, 2, 3].map(() => aQueueIn(place, { times: ordinaryTimes, kinds })))
    const many = 10_000
    await first.queue.enqueue(
      'greet',
      Array.from({ length: many }, (_, n) => ({ name: `guest ${n}` })),
    )
    const shares = [first, ...others].map(() => 0)
    const workers = [first, ...others].map(({ queue }, at) =>
      working(queue, {
        async greet({ name }) {
          shares[at]! += 1
          return {
            ...done,
            record: async (tx) => void (await sql`insert into notes values (${name})`.execute(tx)),
          }
        },
      }),
    )
    await until(async () => (await first.count('completed')) === many, 150_000)
    for (const worker of workers) await worker.stop()
    const { rows } = await sql<{ all: number; different: number }>`
      select count(*) as all, count(distinct text) as different from notes`.execute(first.db)
    expect(rows).toEqual([{ all: many, different: many }])
    expect(shares.reduce((sum, share) => sum + share, 0)).toBe(many)
    expect(Math.min(...shares)).toBeGreaterThan(0)
    for (const { remove } of [...others, first]) await remove()
    await place.remove()
    // Seven seconds on a machine of its own.
  }, 180_000)
})

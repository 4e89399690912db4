import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { aGate, haveDatabase, until } from '../../test/given.ts'
import type { Tx } from '../database.ts'
import { done, note, theQueue, working, workThrough } from './given.suite.ts'
import type { Outcome } from './job-queue.ts'

const failed = (message: string, retryInMs: number | null): Outcome<Tx> => ({
  failed: { code: 'source_error', message },
  retryInMs,
})

describe.runIf(haveDatabase)('a job', () => {
  const trial = theQueue()
  const enqueueOne = () => trial.queue.enqueue('serve', { name: 'Ada' })
  const only = async () => {
    const { jobs } = await trial.queue.list({}, { cursor: null, limit: 10 })
    expect(jobs).toHaveLength(1)
    return jobs[0]!
  }

  it('that failed is tried again when it says, and knows what went wrong before', async () => {
    await enqueueOne()
    await workThrough(trial, failed('busy', 3_600_000))
    const [retry] = await trial.waiting()
    expect(retry!.state).toBe('retry')
    expect(retry!.dueInMs).toBeGreaterThan(3_500_000)
    expect(retry!.dueInMs).toBeLessThanOrEqual(3_600_000)
    const attempts = await workThrough(trial, failed('broken', 0), done)
    expect(attempts).toMatchObject([
      { number: 2, errors: [{ code: 'source_error', message: 'busy' }] },
      { number: 3, errors: [{ message: 'busy' }, { message: 'broken' }] },
    ])
    expect(await only()).toMatchObject({ state: 'completed', attempts: 2, crashes: 0 })
  })

  it('that failed for good is a dead letter, which pg-boss will not prune', async () => {
    await enqueueOne()
    await workThrough(trial, failed('busy', 0), failed('broken', null))
    expect(await only()).toMatchObject({
      state: 'failed',
      attempts: 2,
      errors: [{ message: 'busy' }, { message: 'broken' }],
    })
    const { rows } = await sql`select deletion_seconds from pgboss.job`.execute(trial.db)
    expect(rows).toEqual([{ deletion_seconds: 0 }])
  })

  it('keeps the last twenty of its errors, and the number of all', async () => {
    await enqueueOne()
    const endings = Array.from({ length: 25 }, (_, n) => failed(`failure ${n} \0\ud83d`, 0))
    await workThrough(trial, ...endings, failed('x'.repeat(100_000), null))
    const { attempts, errors } = await only()
    expect(attempts).toBe(26)
    expect(errors).toHaveLength(20)
    expect(errors[0]!.message).toBe('failure 6 ��')
    expect(errors[19]!.message).toHaveLength(2_000)
  })

  it('is settled again with all the others when one of them collides, whoever hears of it first', async () => {
    await trial.queue.enqueue('greet', [{ name: 'hears' }, { name: 'collides' }])
    const tries = { hears: 0, collides: 0 }
    let collisions = 0
    const records = {
      async hears(tx: Tx) {
        tries.hears += 1
        await until(() => collisions >= Math.min(tries.hears, 2))
        await note('hears')(tx)
      },
      async collides(tx: Tx) {
        if (++tries.collides > 2) return note('collides')(tx)
        const collision = sql`do $$ begin raise exception using errcode = '40P01'; end $$`
        await collision.execute(tx).finally(() => (collisions += 1))
      },
    }
    const both = aGate()
    let begun = 0
    const worker = working(trial.queue, {
      async greet({ name }) {
        if (++begun === 2) both.open()
        await both.opened
        return { ...done, record: records[name as keyof typeof records] }
      },
    })
    await until(async () => (await trial.count('completed')) === 2)
    await worker.stop()
    expect(tries).toEqual({ hears: 3, collides: 3 })
    expect(await trial.notes()).toEqual(['collides', 'hears'])
  })

  it('that snoozes waits as long as it said, and spends no attempt', async () => {
    await enqueueOne()
    await workThrough(trial, { snoozeMs: 3_600_000 })
    const [snoozed] = await trial.waiting()
    expect(snoozed!.dueInMs).toBeGreaterThan(3_500_000)
    const attempts = await workThrough(trial, { snoozeMs: 1 }, failed('no', 0), { snoozeMs: 1 }, done)
    expect(attempts.map(({ number }) => number)).toEqual([1, 1, 2, 2])
    expect(await only()).toMatchObject({ state: 'completed', attempts: 1 })
  })

  it('that is cancelled is never done again, and says why', async () => {
    await enqueueOne()
    await workThrough(trial, { cancel: 'it was removed', code: 'image_not_found' })
    expect(await only()).toMatchObject({
      state: 'cancelled',
      errors: [{ code: 'image_not_found', message: 'it was removed' }],
    })
    expect(await trial.waiting()).toEqual([])
  })

  it('that throws is tried again after a growing wait', async () => {
    await enqueueOne()
    await workThrough(trial, new Error('nobody foresaw it'))
    const [first] = await trial.waiting()
    expect(first!.dueInMs).toBeLessThanOrEqual(1_250)
    await workThrough(trial, new Error('nor this'), new Error('nor that'), new Error('nor those'))
    const [fourth] = await trial.waiting()
    expect(fourth!.dueInMs).toBeGreaterThan(4_000)
    expect(fourth!.dueInMs).toBeLessThanOrEqual(10_000)
    expect(await only()).toMatchObject({
      attempts: 4,
      errors: [{ code: 'internal' }, {}, {}, { message: 'nor those' }],
    })
  })

  it('that never does but throw is given up, which is told in the same transaction', async () => {
    await enqueueOne()
    let thrown = 0
    const worker = working(
      trial.queue,
      {
        async serve() {
          throw new Error(`again ${++thrown}`)
        },
      },
      { abandoned: { serve: (tx, { name }, { message }) => note(`${name}: ${message}`)(tx) } },
    )
    const hurrying = setInterval(() => void trial.hurry(), 50)
    await until(async () => (await trial.count('failed')) === 1)
    clearInterval(hurrying)
    await worker.stop()
    expect(await trial.notes()).toEqual(['Ada: again 12'])
  })

  it('commits what it records with its ending, whichever that is', async () => {
    await enqueueOne()
    await workThrough(
      trial,
      { snoozeMs: 1, record: note('snoozed') },
      { ...failed('not today', 0), record: note('failed') },
      { cancel: 'never', record: note('cancelled') },
    )
    expect(await trial.notes()).toEqual(['cancelled', 'failed', 'snoozed'])
  })

  it('that goes back while an equal one waits takes its place, its time and its priority', async () => {
    await enqueueOne()
    const [begun, goOn] = [aGate(), aGate()]
    const worker = working(trial.queue, {
      async serve() {
        begun.open()
        await goOn.opened
        return failed('not today', 3_600_000)
      },
    })
    await begun.opened
    worker.abort()
    await trial.queue.enqueue(
      'serve',
      { name: 'Ada' },
      { priority: 'viewed', runAt: new Date(Date.now() + 60_000) },
    )
    goOn.open()
    await worker.ended
    expect(await only()).toMatchObject({ state: 'retry', attempts: 1, priority: 'viewed' })
    const [waiting] = await trial.waiting()
    expect(waiting!.dueInMs).toBeLessThanOrEqual(60_000)
  })

  it('that failed for good while an equal one waits begins anew', async () => {
    await enqueueOne()
    const [begun, goOn] = [aGate(), aGate()]
    const worker = working(trial.queue, {
      async serve() {
        begun.open()
        await goOn.opened
        return failed('broken', null)
      },
    })
    await begun.opened
    worker.abort()
    await enqueueOne()
    goOn.open()
    await worker.ended
    expect(await only()).toMatchObject({ state: 'retry', attempts: 0, errors: [{ message: 'broken' }] })
  })

  it('and its equal that go back at once end as one that waits', async () => {
    await trial.queue.enqueue('greet', { name: 'Ada' })
    let begun = 0
    const goOn = aGate()
    const worker = working(trial.queue, {
      async greet() {
        begun += 1
        await goOn.opened
        return failed('not today', 3_600_000)
      },
    })
    await until(() => begun === 1)
    await trial.queue.enqueue('greet', { name: 'Ada' })
    await until(() => begun === 2)
    goOn.open()
    await worker.stop()
    expect(await only()).toMatchObject({ state: 'retry', attempts: 1 })
  })
})

describe.runIf(haveDatabase)('settling', () => {
  const trial = theQueue()

  it('records nothing of an outcome whose record fails, tries that job again, and settles its siblings', async () => {
    const names = ['Ada', 'Bob', 'Cyd', 'Dan']
    await trial.queue.enqueue(
      'greet',
      names.map((name) => ({ name })),
    )
    const together = aGate()
    let begun = 0
    const worker = working(trial.queue, {
      // All four end in the same turn of the event loop, so they are settled in one transaction.
      async greet({ name }, { number }) {
        if (++begun === 4) together.open()
        await together.opened
        const record = async (tx: Tx) => {
          if (name === 'Bob' && number === 1) await sql`select 1 / 0`.execute(tx)
          // In several statements, of which the last must not come after the others were rolled back.
          for (let part = 0; part < 5; part++) await sql`select ${part}::int`.execute(tx)
          await note(name)(tx)
        }
        return { ...done, record }
      },
    })
    await until(async () => (await trial.count('completed')) === 3)
    expect(await trial.notes()).toEqual(['Ada', 'Cyd', 'Dan'])
    await until(async () => (await trial.waiting()).map(({ state }) => state).join() === 'retry')
    await trial.hurry()
    await until(async () => (await trial.count('completed')) === 4)
    expect(await trial.notes()).toEqual(names)
    await worker.stop()
  })

  it('ends and records nothing for a worker whose job was taken back meanwhile', async () => {
    await trial.queue.enqueue('greet', [{ name: 'given to another' }, { name: 'waits again' }])
    let begun = 0
    const [both, goOn] = [aGate(), aGate()]
    const worker = working(trial.queue, {
      async greet({ name }) {
        if (++begun === 2) both.open()
        await goOn.opened
        return { ...done, record: note(name) }
      },
    })
    await both.opened
    worker.abort()
    await sql`update pgboss.job set retry_count = retry_count + 1 where data ->> 'name' = 'given to another'`.execute(
      trial.db,
    )
    await sql`update pgboss.job set state = 'retry' where data ->> 'name' = 'waits again'`.execute(trial.db)
    goOn.open()
    await worker.ended
    const { rows: jobs } =
      await sql`select data ->> 'name' as name, state::text from pgboss.job order by 1`.execute(trial.db)
    expect(await trial.notes()).toEqual([])
    expect(jobs).toEqual([
      { name: 'given to another', state: 'active' },
      { name: 'waits again', state: 'retry' },
    ])
  })
})

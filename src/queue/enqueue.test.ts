import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { aGate, haveDatabase, until } from '../../test/given.ts'
import { done, namesWorked, theQueue, workThrough, working } from './given.suite.ts'

describe.runIf(haveDatabase)('enqueueing', () => {
  const trial = theQueue()

  it('gives each job to a worker once, in the order they were given', async () => {
    const names = Array.from({ length: 20 }, (_, n) => `guest ${n}`)
    await trial.queue.enqueue(
      'serve',
      names.map((name) => ({ name })),
    )
    expect(await namesWorked(trial.queue, 'serve', 20)).toEqual(names)
    expect(await trial.queue.counts()).toEqual([
      { kind: 'serve', state: 'completed', count: 20, dueSince: null, nextDueAt: null },
    ])
  })

  it('adds none for a job that waits already, told apart by kind and arguments', async () => {
    const { queue } = trial
    await queue.enqueue('greet', [{ name: 'Ada' }, { name: 'Ada' }])
    await queue.enqueue('greet', { name: 'Ada' })
    await queue.enqueue('greet', { name: 'Bob' })
    await queue.enqueue('serve', { name: 'Ada' })
    expect(await queue.counts()).toMatchObject([
      { kind: 'greet', state: 'created', count: 2 },
      { kind: 'serve', state: 'created', count: 1 },
    ])
  })

  it('gives the one that waits the greater priority and the earlier time, and never less', async () => {
    const { queue } = trial
    const at = (minutes: number) => new Date(Date.now() + minutes * 60_000)
    await queue.enqueue('greet', { name: 'Ada' }, { priority: 'listed', runAt: at(30) })
    await queue.enqueue('greet', { name: 'Ada' }, { priority: 'idle', runAt: at(10) })
    await queue.enqueue('greet', { name: 'Ada' }, { priority: 'viewed', runAt: at(60) })
    const { jobs } = await queue.list({}, { cursor: null, limit: 10 })
    expect(jobs).toMatchObject([{ state: 'created', priority: 'viewed' }])
    expect(Math.abs(jobs[0]!.dueAt.getTime() - at(10).getTime())).toBeLessThan(30_000)
  })

  it('adds none beside a job that waits for its next attempt, which then is due at once', async () => {
    const { queue } = trial
    await queue.enqueue('serve', { name: 'Ada' })
    await workThrough(trial, { failed: { code: 'source_busy', message: 'later' }, retryInMs: 3_600_000 })
    await queue.enqueue('serve', { name: 'Ada' }, { priority: 'viewed' })
    const [job, ...others] = await trial.waiting()
    expect(others).toEqual([])
    expect(job!.dueInMs).toBeLessThanOrEqual(0)
    expect(job!.state).toBe('retry')
    const attempts = await workThrough(trial, done)
    expect(attempts).toMatchObject([{ number: 2, errors: [{ code: 'source_busy' }] }])
  })

  it('brings a dead letter back, with all its attempts and its history', async () => {
    const { queue } = trial
    await queue.enqueue('serve', { name: 'Ada' }, { priority: 'idle' })
    await workThrough(trial, { failed: { code: 'source_error', message: 'broken' }, retryInMs: null })
    expect(await trial.count('failed')).toBe(1)
    const before = Date.now() - 1_000
    await queue.enqueue('serve', { name: 'Ada' }, { priority: 'listed' })
    const { jobs } = await queue.list({}, { cursor: null, limit: 10 })
    expect(jobs).toMatchObject([
      {
        state: 'retry',
        attempts: 0,
        priority: 'listed',
        endedAt: null,
        errors: [{ code: 'source_error', message: 'broken' }],
      },
    ])
    const [attempt] = await workThrough(trial, done)
    expect(attempt!.number).toBe(1)
    expect(attempt!.since.getTime()).toBeGreaterThan(before)
  })

  it('takes a job anew while an equal one is under way, which may have read what has changed since', async () => {
    await trial.queue.enqueue('serve', { name: 'Ada' })
    const [begun, goOn] = [aGate(), aGate()]
    let times = 0
    const worker = working(trial.queue, {
      async serve() {
        times += 1
        begun.open()
        await goOn.opened
        return done
      },
    })
    await begun.opened
    await trial.queue.enqueue('serve', { name: 'Ada' })
    goOn.open()
    await until(async () => (await trial.count('completed')) === 2)
    await worker.stop()
    expect(times).toBe(2)
  })

  it('keeps a job that waits from being claimed until the transaction that wants it too has ended', async () => {
    const { queue, db } = trial
    await sql`create table if not exists facts (text text)`.execute(db)
    await queue.enqueue('serve', { name: 'Ada' })
    const seen: number[] = []
    const [begun, all] = [aGate(), aGate()]
    const tx = db.transaction().execute(async (tx) => {
      await sql`insert into facts values ('new')`.execute(tx)
      await queue.enqueue('serve', { name: 'Ada' }, { tx })
      begun.open()
      // For longer than a worker needs to look for jobs twice.
      await new Promise((resolve) => setTimeout(resolve, 1_200))
    })
    await begun.opened
    working(queue, {
      async serve() {
        const { rows } = await sql<{ count: number }>`select count(*) as count from facts`.execute(db)
        seen.push(rows[0]!.count)
        all.open()
        return done
      },
    })
    await tx
    await all.opened
    expect(seen).toEqual([1])
  })

  it('leaves no job behind when its transaction rolls back', async () => {
    const transaction = trial.db.transaction().execute(async (tx) => {
      await trial.queue.enqueue('greet', { name: 'Ada' }, { tx })
      throw new Error('changed our mind')
    })
    await expect(transaction).rejects.toThrow('changed our mind')
    expect(await trial.queue.counts()).toEqual([])
  })

  it('takes thousands in one call, whatever their texts hold', async () => {
    const names = Array.from({ length: 5_000 }, (_, n) => ({ name: `guest ${n} \ud83d \0 “’` }))
    await trial.queue.enqueue('greet', names, { host: 'example.org' })
    await trial.queue.enqueue('greet', names, { priority: 'listed' })
    expect(await trial.queue.counts()).toMatchObject([{ kind: 'greet', state: 'created', count: 5_000 }])
    const { jobs } = await trial.queue.list({ host: 'example.org' }, { cursor: null, limit: 1 })
    expect(jobs).toMatchObject([{ priority: 'listed', host: 'example.org' }])
  })

  it('at once by many, in any order, makes no two wait for each other', async () => {
    const names = Array.from({ length: 200 }, (_, n) => ({ name: `guest ${n}` }))
    const orders = [names, names.toReversed(), names.toSorted(() => Math.random() - 0.5), names]
    await Promise.all(orders.map((order) => trial.queue.enqueue('greet', order, { priority: 'viewed' })))
    expect(await trial.count('created')).toBe(200)
  })
})

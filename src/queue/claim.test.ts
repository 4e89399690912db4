import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { aGate, haveDatabase, until } from '../../test/given.ts'
import { priorityOrders } from './claim.ts'
import { done, namesWorked, theQueue, working } from './given.suite.ts'

describe.runIf(haveDatabase)('what is claimed', () => {
  const trial = theQueue()

  /** Jobs by the hundred thousand, as no call of ours would make them. */
  const backlog = async (many: number, priority: number) => {
    await sql`
      insert into pgboss.job (name, data, priority, start_after, singleton_key, keep_until)
      select 'serve', jsonb_build_object('name', 'backlog ' || n), ${priority}, now() - interval '1 hour',
        md5(n::text || ${priority}), now() + interval '1 year'
      from generate_series(1, ${many}::int) n`.execute(trial.db)
  }

  it('is what somebody looks at before what nobody waits for', async () => {
    for (const priority of ['idle', 'ordinary', 'listed', 'viewed'] as const)
      await trial.queue.enqueue('serve', { name: priority }, { priority })
    expect(await namesWorked(trial.queue, 'serve', 4)).toEqual(['viewed', 'listed', 'ordinary', 'idle'])
  })

  it('is nothing before its time', async () => {
    const runAt = new Date(Date.now() + 1_500)
    await trial.queue.enqueue('serve', { name: 'later' }, { runAt, priority: 'viewed' })
    await trial.queue.enqueue('serve', { name: 'now' })
    expect(await namesWorked(trial.queue, 'serve', 2)).toEqual(['now', 'later'])
    expect(Date.now()).toBeGreaterThanOrEqual(runAt.getTime())
  })

  it('begins with the lowest priority at every eighth claim, so that nothing waits for ever', async () => {
    const nextOrder = priorityOrders()
    const orders = Array.from({ length: 16 }, () => nextOrder())
    expect(orders.map(([first]) => first)).toEqual([
      ...[30, 30, 30, 30, 30, 30, 30, 0],
      ...[30, 30, 30, 30, 30, 30, 30, 0],
    ])
    expect(orders[7]).toEqual([0, 10, 20, 30])

    await backlog(200, 30)
    await trial.queue.enqueue('serve', { name: 'idle' }, { priority: 'idle' })
    // One slot: each claim is one job.
    const names = await namesWorked(trial.queue, 'serve', 9)
    expect(names.indexOf('idle')).toBe(7)
  })

  it('is a viewed job within a second, however many ordinary ones wait', async () => {
    await backlog(100_000, 10)
    const [busy, viewed] = [aGate(), aGate()]
    let worked = 0
    const worker = working(trial.queue, {
      async serve({ name }) {
        if (++worked === 20) busy.open()
        if (name === 'viewed') viewed.open()
        return done
      },
    })
    await busy.opened
    const startedMs = performance.now()
    await trial.queue.enqueue('serve', { name: 'viewed' }, { priority: 'viewed' })
    await viewed.opened
    expect(performance.now() - startedMs).toBeLessThan(1_000)
    await worker.stop()
    // The backlog alone takes some seconds to make, on a busy machine a minute.
  }, 300_000)

  it('comes to an idle worker at the commit, sooner than it would look by itself', async () => {
    let greeted = aGate()
    const worker = working(trial.queue, {
      async greet() {
        greeted.open()
        return done
      },
    })
    await until(async () => (await trial.queue.workers()).length === 1)
    const startedMs = performance.now()
    for (let turn = 0; turn < 10; turn++) {
      greeted = aGate()
      await trial.db.transaction().execute((tx) => trial.queue.enqueue('greet', { name: `${turn}` }, { tx }))
      await greeted.opened
    }
    // Looking every half second, ten turns would take about five.
    expect(performance.now() - startedMs).toBeLessThan(4_000)
    await worker.stop()
  })

  it('goes on with others beside jobs that take long', async () => {
    const goOn = aGate()
    await trial.queue.enqueue(
      'greet',
      ['slow 1', 'slow 2', 'slow 3'].map((name) => ({ name })),
    )
    let slow = 0
    const worker = working(trial.queue, {
      async greet({ name }) {
        if (!name.startsWith('slow')) return done
        slow += 1
        await goOn.opened
        return done
      },
    })
    await until(() => slow === 3)
    await trial.queue.enqueue(
      'greet',
      ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name })),
    )
    await until(async () => (await trial.count('completed')) === 5)
    goOn.open()
    await worker.stop()
    expect(await trial.count('completed')).toBe(8)
  })

  it('is nothing while the process is paused, which its worker says', async () => {
    await trial.queue.enqueue('serve', { name: 'Ada' })
    const over = aGate()
    let isPaused = true
    let begun = 0
    const worker = working(
      trial.queue,
      {
        async serve() {
          begun += 1
          return done
        },
      },
      { ready: () => over.opened, pausedBecause: () => (isPaused ? 'The disk is full.' : null) },
    )
    await until(async () => (await trial.queue.workers()).length === 1)
    expect(await trial.queue.workers()).toMatchObject([
      { state: 'paused', reason: 'The disk is full.', running: 0, pid: process.pid },
    ])
    expect(begun).toBe(0)
    isPaused = false
    over.open()
    await until(async () => (await trial.count('completed')) === 1)
    await worker.stop()
    expect(await trial.queue.workers()).toEqual([])
  })
})

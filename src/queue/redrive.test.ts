import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { aGate, haveDatabase, until } from '../../test/given.ts'
import type { MagpieError } from '../errors.ts'
import { countJobs } from './counts.ts'
import { done, namesWorked, note, theQueue, working } from './given.suite.ts'
import type { JobFilter } from './job-queue.ts'

describe.runIf(haveDatabase)('people’s view of jobs', () => {
  const trial = theQueue()

  /** One job in each state: a letter died of each of two codes, by hand. */
  const someJobs = async () => {
    const outcomes = {
      dies: { failed: { code: 'source_error', message: 'broken' }, retryInMs: null },
      'dies too': { failed: { code: 'not_an_image', message: 'a page' }, retryInMs: null },
      returns: { failed: { code: 'source_busy', message: 'later' }, retryInMs: 3_600_000 },
      ends: { cancel: 'it was removed', code: 'item_not_found' },
      succeeds: done,
    } as const
    await trial.queue.enqueue(
      'greet',
      Object.keys(outcomes).map((name) => ({ name })),
      { host: 'example.org' },
    )
    const worker = working(trial.queue, {
      greet: async ({ name }) => outcomes[name as keyof typeof outcomes],
    })
    await until(async () => (await trial.count('created')) + (await trial.count('active')) === 0)
    await worker.stop()
    await trial.queue.enqueue('serve', { name: 'waits' }, { priority: 'idle' })
  }
  const names = async (filter: JobFilter) => {
    const { jobs } = await trial.queue.list(filter, { cursor: null, limit: 100 })
    return jobs.map(({ args }) => args['name'] as string).sort()
  }

  it('selects by kind, state, host and the code of the last error', async () => {
    await someJobs()
    expect(await names({})).toHaveLength(6)
    expect(await names({ kind: 'serve' })).toEqual(['waits'])
    expect(await names({ state: 'failed' })).toEqual(['dies', 'dies too'])
    expect(await names({ state: 'failed', code: 'not_an_image' })).toEqual(['dies too'])
    expect(await names({ code: 'source_busy' })).toEqual(['returns'])
    expect(await names({ kind: 'greet', state: 'cancelled', host: 'example.org' })).toEqual(['ends'])
    expect(await names({ host: 'example.com' })).toEqual([])
  })

  it('shows each job as a whole, and one by its id', async () => {
    await someJobs()
    const { jobs } = await trial.queue.list(
      { state: 'failed', code: 'source_error' },
      { cursor: null, limit: 10 },
    )
    expect(jobs).toEqual([
      {
        ...{ id: expect.any(String) as string, kind: 'greet', state: 'failed', args: { name: 'dies' } },
        ...{ priority: 'ordinary', host: 'example.org', attempts: 1, crashes: 0, byHand: false },
        errors: [{ at: expect.stringMatching(/^\d{4}-/) as string, code: 'source_error', message: 'broken' }],
        ...{ createdAt: expect.any(Date) as Date, dueAt: expect.any(Date) as Date },
        ...{ startedAt: expect.any(Date) as Date, endedAt: expect.any(Date) as Date },
      },
    ])
    expect(await trial.queue.find(jobs[0]!.id)).toEqual(jobs[0])
    expect(await trial.queue.find('00000000-0000-4000-8000-000000000000')).toBeNull()
    expect(await trial.queue.find('nonsense')).toBeNull()
  })

  it('hastens what is put off for a host, and nothing is forgotten or brought back', async () => {
    await someJobs()
    const many = Array.from({ length: 2_500 }, (_, n) => ({ name: `put off ${n}` }))
    await trial.queue.enqueue('greet', many, { host: 'example.org', runAt: new Date(Date.now() + 3_600_000) })
    await sql`update pgboss.job set state = 'retry' where state = 'created' and group_id is not null`.execute(
      trial.db,
    )
    await trial.queue.hasten('example.com')
    expect((await trial.waiting()).filter(({ dueInMs }) => dueInMs > 0)).toHaveLength(2_501)
    await trial.queue.hasten('example.org')
    expect((await trial.waiting()).filter(({ dueInMs }) => dueInMs > 0)).toEqual([])
    const { jobs } = await trial.queue.list({ code: 'source_busy' }, { cursor: null, limit: 10 })
    expect(jobs).toMatchObject([{ state: 'retry', attempts: 1, errors: [{ code: 'source_busy' }] }])
    expect(await names({ state: 'failed' })).toEqual(['dies', 'dies too'])
    expect(await names({ state: 'cancelled' })).toEqual(['ends'])
  })

  it('goes page by page, what changed last first, whatever comes meanwhile', async () => {
    await someJobs()
    const seen: string[] = []
    for (let cursor: string | null = null; ;) {
      const page = await trial.queue.list({}, { cursor, limit: 2 })
      seen.push(...page.jobs.map(({ args }) => args['name'] as string))
      await trial.queue.enqueue('serve', { name: `new ${seen.length}` })
      if (page.next === null) break
      cursor = page.next
    }
    expect(seen[0]).toBe('waits')
    expect(seen).toHaveLength(6)
    expect(new Set(seen).size).toBe(6)
  })

  it.each(['nonsense', Buffer.from('["now",1]').toString('base64url')])(
    'refuses the cursor %s',
    async (cursor) => {
      const thrown: unknown = await trial.queue
        .list({}, { cursor, limit: 2 })
        .catch((cause: unknown) => cause)
      expect((thrown as MagpieError).code).toBe('input_invalid')
    },
  )

  it('counts, and knows since when the one that is due longest waits, and when the next is', async () => {
    const later = new Date(Date.now() + 3_600_000)
    await trial.queue.enqueue('serve', { name: 'later' }, { runAt: later })
    expect(await trial.queue.counts()).toEqual([
      { kind: 'serve', state: 'created', count: 1, dueSince: null, nextDueAt: expect.any(Date) as Date },
    ])
    const earlier = new Date(Date.now() - 60_000)
    await trial.queue.enqueue('serve', { name: 'long' }, { priority: 'idle', runAt: earlier })
    const [count] = await trial.queue.counts()
    expect(Math.abs(count!.dueSince!.getTime() - earlier.getTime())).toBeLessThan(10)
    expect(Math.abs(count!.nextDueAt!.getTime() - later.getTime())).toBeLessThan(10)
  })

  it('counts the many by a sample, and comes close', async () => {
    await sql`
      insert into pgboss.job (name, data, singleton_key, keep_until)
      select case when n % 4 = 0 then 'serve' else 'greet' end, '{}', n::text, now() + interval '1 year'
      from generate_series(1, 40000) n`.execute(trial.db)
    expect(await countJobs(trial.db, 40_000)).toMatchObject([{ count: 30_000 }, { count: 10_000 }])
    const [greet, serve] = await countJobs(trial.db, 5_000)
    expect(greet!.count).toBeGreaterThan(20_000)
    expect(greet!.count).toBeLessThan(40_000)
    expect(serve!.count).toBeGreaterThan(6_000)
    expect(serve!.count).toBeLessThan(14_000)
  })

  it('has dead letters done again by what killed them, the oldest first, with all their attempts', async () => {
    await someJobs()
    expect(await trial.queue.retry({ state: 'failed', code: 'source_busy', limit: 10 })).toEqual([])
    const again = await trial.queue.retry({ state: 'failed', code: 'source_error', limit: 10 })
    expect(again).toMatchObject([
      { args: { name: 'dies' }, state: 'retry', attempts: 0, errors: [{ message: 'broken' }] },
    ])
    expect(await trial.queue.retry({ state: 'failed', limit: 1 })).toHaveLength(1)
    expect(await namesWorked(trial.queue, 'greet', 2)).toEqual(['dies', 'dies too'])
  })

  it('has done now what waits for later, or was cancelled; what is done or due is let be', async () => {
    await someJobs()
    const again = await trial.queue.retry({ limit: 100 })
    expect(again.map(({ args }) => args['name']).sort()).toEqual(['dies', 'dies too', 'ends', 'returns'])
    const succeeded = (await trial.queue.list({ state: 'completed' }, { cursor: null, limit: 1 })).jobs[0]!
    expect(await trial.queue.retry({ id: succeeded.id })).toEqual([])
    expect(await trial.queue.retry({ id: 'nonsense' })).toEqual([])
  })

  it('has one that is asked for by its id done with all its attempts, in its place in the line, if it is due already', async () => {
    await someJobs()
    await trial.queue.hasten('example.org')
    const [due] = (await trial.queue.list({ state: 'retry' }, { cursor: null, limit: 10 })).jobs
    expect(due).toMatchObject({ args: { name: 'returns' }, attempts: 1 })
    expect(await trial.queue.retry({ id: due!.id })).toMatchObject([
      { state: 'retry', attempts: 0, dueAt: due!.dueAt, errors: [{ code: 'source_busy' }] },
    ])
  })

  it('has one done where an equal one was enqueued since it was cancelled', async () => {
    await trial.queue.enqueue('serve', { name: 'Ada' })
    const [cancelled] = await trial.queue.cancel({ kind: 'serve', limit: 10 })
    await trial.queue.enqueue('serve', { name: 'Ada' })
    await trial.queue.cancel({ kind: 'serve', limit: 10 })
    await trial.queue.enqueue('serve', { name: 'Ada' })
    expect(await trial.queue.retry({ id: cancelled!.id })).toHaveLength(1)
    expect(await trial.waiting()).toHaveLength(1)
    expect(await trial.queue.retry({ state: 'cancelled', limit: 10 })).toHaveLength(1)
    expect(await trial.waiting()).toHaveLength(1)
  })

  it('ends what waits or is dead, in the caller’s transaction', async () => {
    await someJobs()
    const cancelling = trial.db.transaction().execute(async (tx) => {
      await trial.queue.cancel({ limit: 100 }, { tx })
      throw new Error('changed our mind')
    })
    await expect(cancelling).rejects.toThrow('changed our mind')
    expect(await trial.count('cancelled')).toBe(1)
    const ended = await trial.queue.cancel({ limit: 100 })
    expect(ended.map(({ args }) => args['name']).sort()).toEqual(['dies', 'dies too', 'returns', 'waits'])
    expect(await trial.count('cancelled')).toBe(5)
  })

  it('tells what was cancelled by hand from what could not be done, until it is brought back', async () => {
    await someJobs()
    await trial.queue.cancel({ kind: 'serve', limit: 10 })
    const { jobs } = await trial.queue.list({ state: 'cancelled' }, { cursor: null, limit: 10 })
    expect(jobs.map(({ args, byHand }) => [args['name'], byHand]).sort()).toEqual([
      ['ends', false],
      ['waits', true],
    ])
    const back = await trial.queue.retry({ state: 'cancelled', limit: 10 })
    expect(back.map(({ byHand }) => byHand)).toEqual([false, false])
  })

  it('stops what is under way by its signal, and writes nothing of what it says', async () => {
    await trial.queue.enqueue('serve', { name: 'Ada' })
    const begun = aGate()
    let reason: unknown
    const worker = working(trial.queue, {
      async serve(_, __, signal) {
        begun.open()
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        reason = signal.reason
        return { ...done, record: note('it was done') }
      },
    })
    await begun.opened
    const startedMs = performance.now()
    expect(await trial.queue.cancel({ state: 'active', limit: 1 })).toHaveLength(1)
    await until(() => reason !== undefined)
    // Sooner than the next heartbeat would tell.
    expect(performance.now() - startedMs).toBeLessThan(4_000)
    await worker.stop()
    expect((reason as MagpieError).code).toBe('interrupted')
    expect(await trial.notes()).toEqual([])
    expect(await trial.count('cancelled')).toBe(1)
  })
})

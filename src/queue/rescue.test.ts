import { sql } from 'kysely'
import { describe, expect, it, onTestFinished } from 'vitest'
import { aGate, aPlace, aProcess, haveDatabase, onServer, until } from '../../test/given.ts'
import type { Tx } from '../database.ts'
import {
  aQueue,
  aQueueIn,
  done,
  note,
  quick,
  theQueue,
  working,
  type QueueOnTrial,
  type TestJobs,
} from './given.suite.ts'
import type { Attempt, WorkTerms } from './job-queue.ts'

/** Another process that is at the job `serve { name: 'Ada' }`, and at nothing else. */
async function aDoomedProcess(folder: string, url: string | null) {
  const dying = aProcess(`
    import { openDatabase } from './src/database.ts'
    import { openLog } from './src/log.ts'
    import { openBossQueue } from './src/queue/boss-queue.ts'
    const kind = { concurrency: 1, expireInSeconds: 60 }
    const log = openLog({ LOG_LEVEL: 'silent' })
    const place = { DATABASE_URL: ${JSON.stringify(url)}, DATABASE_CONNECTIONS: 2, DATABASE_SYNC: 'off' }
    const database = await openDatabase(place, ${JSON.stringify(folder)}, log)
    const times = ${JSON.stringify(quick)}
    const queue = await openBossQueue(database, { greet: kind, serve: kind }, log, { times })
    await queue.enqueue('serve', { name: 'Ada' })
    const serve = () => new Promise(() => console.log('it is under way'))
    await queue.work({ greet: serve, serve }, new AbortController().signal)`)
  await dying.said('it is under way')
  return dying
}

/** Works until the job has come, and answers with what it was told. */
async function attemptOf({ queue }: QueueOnTrial): Promise<Attempt> {
  const come = Promise.withResolvers<Attempt>()
  const worker = working(queue, {
    async serve(_, attempt) {
      come.resolve(attempt)
      return done
    },
  })
  const attempt = await come.promise
  await worker.stop()
  return attempt
}

describe.runIf(haveDatabase)('what a dead process held', () => {
  it.skipIf(onServer)('is taken back when the embedded database is opened again', async () => {
    const place = await aPlace()
    const dying = await aDoomedProcess(place.folder, null)
    dying.kill('SIGKILL')
    await until(() => dying.signalCode !== null)
    const trial = await aQueueIn(place)
    expect(await trial.waiting()).toMatchObject([{ name: 'Ada', state: 'retry' }])
    expect(await attemptOf(trial)).toMatchObject({ number: 1, errors: [{ code: 'job_crashed' }] })
    await trial.remove()
    await place.remove()
  })

  it.runIf(onServer)('is taken back by another within the time of the heartbeats', async () => {
    const place = await aPlace()
    const trial = await aQueueIn(place)
    const dying = await aDoomedProcess(place.folder, place.config.DATABASE_URL)
    dying.kill('SIGKILL')
    const startedMs = performance.now()
    expect(await attemptOf(trial)).toMatchObject({ number: 1, errors: [{ code: 'job_crashed' }] })
    // 2 s by the clock; the rest is for machines that have much else to do.
    expect(performance.now() - startedMs).toBeLessThan(10 * (quick.lostAfterMs + quick.beatMs))
    const { jobs } = await trial.queue.list({}, { cursor: null, limit: 10 })
    expect(jobs).toMatchObject([{ attempts: 0, crashes: 1, state: 'completed' }])
    await until(async () => (await trial.queue.workers()).length === 0)
    await trial.remove()
    await place.remove()
  })
})

describe.runIf(haveDatabase)('a worker', () => {
  const trial = theQueue(quick)
  const only = async () => (await trial.queue.list({}, { cursor: null, limit: 10 })).jobs[0]!

  it('that was taken down by a job three times leaves it as a dead letter, which is told in the same transaction', async () => {
    await trial.queue.enqueue('serve', { name: 'poison' })
    const abandoned: WorkTerms<TestJobs, Tx>['abandoned'] = {
      serve: (tx, { name }, { code }) => note(`${name}: ${code}`)(tx),
    }
    const ends: unknown[] = []
    for (let crashes = 1; crashes <= 3; crashes++) {
      await sql`update pgboss.job set state = 'active', started_on = now(), retry_count = retry_count + 1,
        group_tier = 'a worker that is dead'`.execute(trial.db)
      const worker = working(trial.queue, { serve: async () => ({ snoozeMs: 3_600_000 }) }, { abandoned })
      await until(async () => (await trial.count('active')) === 0 && (await only()).crashes === crashes)
      await worker.stop()
      ends.push([(await only()).state, await trial.notes()])
    }
    expect(ends).toEqual([
      ['retry', []],
      ['retry', []],
      ['failed', ['poison: job_crashed']],
    ])
    expect(await only()).toMatchObject({ attempts: 0, crashes: 3 })
  })

  it('that lives is not taken for dead, however long its job takes', async () => {
    await trial.queue.enqueue('serve', { name: 'long' })
    let begun = 0
    const serve = async () => {
      begun += 1
      await new Promise((resolve) => setTimeout(resolve, 2 * quick.lostAfterMs))
      return done
    }
    const workers = [working(trial.queue, { serve }), working(trial.queue, { serve })]
    await until(async () => (await trial.count('completed')) === 1)
    for (const worker of workers) await worker.stop()
    expect(begun).toBe(1)
    expect(await only()).toMatchObject({ crashes: 0, attempts: 0 })
  })

  it.runIf(onServer)('lives on while its schedules cannot be looked at', async () => {
    const worker = working(trial.queue, {})
    await until(async () => (await trial.queue.workers()).length === 1)
    const beating = trial.db.transaction().execute(async (tx) => {
      await sql`lock table schedules in access exclusive mode`.execute(tx)
      await new Promise((resolve) => setTimeout(resolve, 2 * quick.lostAfterMs))
      return trial.queue.workers()
    })
    expect(await beating).toHaveLength(1)
    await worker.stop()
  })

  it('whose row is gone claims nothing until it has another', async () => {
    const worker = working(trial.queue, {})
    await until(async () => (await trial.queue.workers()).length === 1)
    const [before] = await trial.queue.workers()
    await sql`delete from workers`.execute(trial.db)
    await trial.queue.enqueue('serve', { name: 'Ada' })
    await until(async () => (await trial.count('completed')) === 1)
    const [after] = await trial.queue.workers()
    expect(after!.id).toBe(before!.id)
    expect(after!.startedAt).toEqual(before!.startedAt)
    await worker.stop()
  })

  it('that never heard of a job that the table has it do gives it back, and nothing is spent', async () => {
    await trial.queue.enqueue('serve', { name: 'Ada' }, { runAt: new Date(Date.now() + 3_600_000) })
    const worker = working(trial.queue, {})
    await until(async () => (await trial.queue.workers()).length === 1)
    const { id } = (await trial.queue.workers())[0]!
    await sql`update pgboss.job set state = 'active', started_on = now() - interval '1 hour',
      retry_count = retry_count + 1, group_tier = ${id}`.execute(trial.db)
    await until(async () => (await trial.count('completed')) === 1)
    await worker.stop()
    expect(await only()).toMatchObject({ crashes: 0, attempts: 0, errors: [] })
  })

  it('whose job was given to another is told so, and what it says of it is not written', async () => {
    await trial.queue.enqueue('serve', { name: 'Ada' })
    const [first, goOn] = [aGate(), aGate()]
    const reasons: unknown[] = []
    const old = working(trial.queue, {
      async serve(_, __, signal) {
        first.open()
        signal.addEventListener('abort', () => reasons.push(signal.reason))
        await goOn.opened
        return { ...done, record: note('by the old one') }
      },
    })
    await first.opened
    // As if it had been silent for long.
    await sql`update pgboss.job set state = 'retry', start_after = now()`.execute(trial.db)
    const successor = working(trial.queue, {
      serve: async () => ({ ...done, record: note('by its successor') }),
    })
    await until(async () => (await trial.notes()).length === 1)
    await until(() => reasons.length === 1)
    goOn.open()
    await old.stop()
    await successor.stop()
    expect(reasons).toMatchObject([{ code: 'interrupted' }])
    expect(await trial.notes()).toEqual(['by its successor'])
  })
})

describe.runIf(haveDatabase)('a job that does not end in time', () => {
  it('is told so by its signal, and then let go as a crash', async () => {
    const short = { concurrency: 1, expireInSeconds: 0.2 }
    const trial = await aQueue(quick, { greet: short, serve: short })
    onTestFinished(() => trial.remove())
    const reasons: unknown[] = []
    await trial.queue.enqueue('serve', { name: 'heeds' })
    await trial.queue.enqueue('greet', { name: 'ignores' })
    const worker = working(trial.queue, {
      async serve(_, __, signal) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        reasons.push(signal.reason)
        return { failed: { code: 'job_too_slow', message: 'it took too long' }, retryInMs: null }
      },
      greet: () => new Promise(() => undefined),
    })
    await until(async () => (await trial.count('failed')) === 2)
    await worker.stop()
    expect(reasons).toMatchObject([{ code: 'job_too_slow' }])
    const { jobs } = await trial.queue.list({ state: 'failed' }, { cursor: null, limit: 10 })
    expect(jobs.toSorted((a, b) => a.kind.localeCompare(b.kind))).toMatchObject([
      { kind: 'greet', attempts: 0, crashes: 3, errors: [{ code: 'job_crashed' }, {}, {}] },
      { kind: 'serve', attempts: 1, crashes: 0, errors: [{ code: 'job_too_slow' }] },
    ])
  })
})

describe.runIf(haveDatabase)('jobs that an older version enqueued', () => {
  it('are taken over, each once', async () => {
    const place = await aPlace()
    const before = await aQueueIn(place)
    await sql`drop index pgboss.magpie_standing`.execute(before.db)
    const old = (state: string, name: string) =>
      sql`
      insert into pgboss.job (name, data, singleton_key, state, policy, heartbeat_seconds, keep_until, output)
      values ('serve', jsonb_build_object('name', ${name}::text), ${name}, ${state}::pgboss.job_state, 'short', 15,
        now() + interval '1 year', '{"message": "not a history"}')`.execute(before.db)
    for (const [state, name] of [
      ['created', 'twice'],
      ['retry', 'twice'],
      ['failed', 'twice'],
      ['failed', 'dead'],
      ['failed', 'dead'],
      ['created', 'once'],
    ] as const)
      await old(state, name)
    await before.remove()
    const trial = await aQueueIn(place)
    const { jobs } = await trial.queue.list({}, { cursor: null, limit: 10 })
    expect(
      jobs.map(({ args, state, errors }) => `${args['name'] as string} ${state} ${errors.length}`).sort(),
    ).toEqual(['dead failed 0', 'once created 0', expect.stringMatching(/^twice (created|retry) 0$/)])
    await trial.remove()
    await place.remove()
  })
})

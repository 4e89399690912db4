import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { aGate, until } from '../../test/given.ts'
import type { Db, Tx } from '../database.ts'
import type { Attempt, Handlers, JobKind, JobQueue, JobState, Outcome } from './job-queue.ts'

/** The jobs that the suite has done. */
export interface TestJobs {
  readonly greet: { readonly name: string }
  readonly serve: { readonly name: string }
}

/** Four at a time, and one after the other. */
export const testKinds: Readonly<Record<keyof TestJobs, JobKind>> = {
  greet: { concurrency: 4, attempts: 3, expireInSeconds: 60 },
  serve: { concurrency: 1, attempts: 3, expireInSeconds: 60 },
}

/** A queue to be tested, and what a test has to see of its inside. */
export interface QueueOnTrial {
  readonly queue: JobQueue<TestJobs, Tx>
  readonly db: Db
  /** The jobs that wait, and for how long they still have to. */
  waiting(): Promise<readonly { state: JobState; dueInMs: number }[]>
  /** Lets everything that waits be due now. */
  hurry(): Promise<void>
  clear(): Promise<void>
  remove(): Promise<void>
}

export const done = { done: true } as const

type SomeHandlers = Partial<Handlers<TestJobs, Tx>>

/** Works a queue until it is told to stop. */
export function working(queue: JobQueue<TestJobs, Tx>, handlers: SomeHandlers) {
  const ending = new AbortController()
  const nothing = async () => done
  const ended = queue.work({ greet: nothing, serve: nothing, ...handlers }, ending.signal)
  onTestFinished(() => ending.abort())
  return {
    ended,
    abort: () => ending.abort(),
    stop: () => {
      ending.abort()
      return ended
    },
  }
}

/** Works until so many jobs of the kind have come, and answers with their names in that order. */
export async function namesWorked(queue: JobQueue<TestJobs, Tx>, kind: keyof TestJobs, many: number) {
  const names: string[] = []
  const all = aGate()
  const worker = working(queue, {
    async [kind]({ name }: { name: string }) {
      names.push(name)
      if (names.length === many) all.open()
      return done
    },
  })
  await all.opened
  await worker.stop()
  return names
}

/** What every queue promises. Each implementation's own test calls it once. */
export function describeJobQueue(title: string, open: () => Promise<QueueOnTrial>): void {
  describe(title, () => {
    let trial: QueueOnTrial
    let queue: JobQueue<TestJobs, Tx>
    beforeAll(async () => {
      trial = await open()
      queue = trial.queue
      await sql`create table notes (text text not null)`.execute(trial.db)
    })
    afterEach(async () => {
      await trial.clear()
      await sql`delete from notes`.execute(trial.db)
    })
    afterAll(() => trial.remove())

    const note = (text: string) => async (tx: Tx) =>
      void (await sql`insert into notes values (${text})`.execute(tx))
    const notes = async () =>
      (await sql<{ text: string }>`select text from notes order by 1`.execute(trial.db)).rows.map(
        ({ text }) => text,
      )
    const count = async (state: JobState) =>
      (await queue.counts()).filter((one) => one.state === state).reduce((sum, one) => sum + one.count, 0)

    describe('enqueueing', () => {
      it('gives each job to a worker once', async () => {
        await queue.enqueue('greet', [{ name: 'Ada' }, { name: 'Bob' }])
        expect((await namesWorked(queue, 'greet', 2)).sort()).toEqual(['Ada', 'Bob'])
        expect(await queue.counts()).toEqual([{ kind: 'greet', state: 'completed', count: 2 }])
      })

      it('changes nothing for a job that already waits, told apart by kind and arguments', async () => {
        await queue.enqueue('greet', [{ name: 'Ada' }, { name: 'Ada' }])
        await queue.enqueue('greet', { name: 'Ada' })
        await queue.enqueue('greet', { name: 'Bob' })
        await queue.enqueue('serve', { name: 'Ada' })
        expect(await queue.counts()).toEqual([
          { kind: 'greet', state: 'created', count: 2 },
          { kind: 'serve', state: 'created', count: 1 },
        ])
      })

      it('takes a job anew while an equal one is under way, which may have read what has changed since', async () => {
        await queue.enqueue('serve', { name: 'Ada' })
        const [begun, goOn] = [aGate(), aGate()]
        let times = 0
        const worker = working(queue, {
          async serve() {
            times += 1
            begun.open()
            await goOn.opened
            return done
          },
        })
        await begun.opened
        await queue.enqueue('serve', { name: 'Ada' })
        goOn.open()
        await until(async () => (await count('completed')) === 2)
        await worker.stop()
        expect(times).toBe(2)
      })

      it('leaves no job behind when its transaction rolls back', async () => {
        const transaction = trial.db.transaction().execute(async (tx) => {
          await queue.enqueue('greet', { name: 'Ada' }, { tx })
          throw new Error('changed our mind')
        })
        await expect(transaction).rejects.toThrow('changed our mind')
        expect(await queue.counts()).toEqual([])
      })

      it('wakes an idle worker at the commit, sooner than it would look by itself', async () => {
        let greeted = aGate()
        const worker = working(queue, {
          async greet() {
            greeted.open()
            return done
          },
        })
        await until(async () => (await count('active')) === 0)
        const startedMs = performance.now()
        for (let turn = 0; turn < 10; turn++) {
          greeted = aGate()
          await trial.db.transaction().execute((tx) => queue.enqueue('greet', { name: `${turn}` }, { tx }))
          await greeted.opened
        }
        // Looking every half second, ten turns would take about five.
        expect(performance.now() - startedMs).toBeLessThan(4_000)
        await worker.stop()
      })

      it('puts what somebody looks at before what nobody waits for', async () => {
        for (const priority of ['idle', 'ordinary', 'listed', 'viewed'] as const)
          await queue.enqueue('serve', { name: priority }, { priority })
        expect(await namesWorked(queue, 'serve', 4)).toEqual(['viewed', 'listed', 'ordinary', 'idle'])
      })

      it('begins a job no sooner than it is told', async () => {
        const runAt = new Date(Date.now() + 1_500)
        await queue.enqueue('serve', { name: 'later' }, { runAt, priority: 'viewed' })
        await queue.enqueue('serve', { name: 'now' })
        expect(await namesWorked(queue, 'serve', 2)).toEqual(['now', 'later'])
        expect(Date.now()).toBeGreaterThanOrEqual(runAt.getTime())
      })
    })

    describe('a job', () => {
      const attempts: Attempt[] = []
      afterEach(() => void attempts.splice(0))

      /** Works one job again and again, each time with the next ending, until there are no more. */
      const workThrough = async (...endings: (Outcome<Tx> | Error)[]) => {
        await queue.enqueue('serve', { name: 'Ada' })
        const all = aGate()
        const worker = working(queue, {
          async serve(_, attempt) {
            attempts.push(attempt)
            const ending = endings.shift() ?? done
            if (endings.length === 0) all.open()
            if (ending instanceof Error) throw ending
            return ending
          },
        })
        const hurrying = setInterval(() => void trial.hurry(), 50)
        await all.opened
        clearInterval(hurrying)
        await worker.stop()
      }

      it('that throws is tried again after a growing wait, and at last has failed', async () => {
        await queue.enqueue('serve', { name: 'Ada' })
        for (const [least, most] of [
          [1_000, 2_000],
          [2_000, 4_000],
          [null, 0],
        ] as const) {
          const begun = aGate()
          const worker = working(queue, {
            async serve(_, attempt) {
              attempts.push(attempt)
              begun.open()
              throw new Error('not today')
            },
          })
          await begun.opened
          await worker.stop()
          const [retry] = await trial.waiting()
          if (least === null) expect(retry).toBeUndefined()
          else {
            expect(retry!.state).toBe('retry')
            // Some of the wait has passed since.
            expect(retry!.dueInMs).toBeGreaterThan(least - 900)
            expect(retry!.dueInMs).toBeLessThanOrEqual(most)
            await trial.hurry()
          }
        }
        expect(attempts).toEqual([
          { number: 1, last: false },
          { number: 2, last: false },
          { number: 3, last: true },
        ])
        expect(await queue.counts()).toEqual([{ kind: 'serve', state: 'failed', count: 1 }])
      })

      it('whose source names a time waits until then', async () => {
        await workThrough({ failed: 'busy', retryAfterMs: 3_600_000 })
        const [retry] = await trial.waiting()
        expect(retry).toMatchObject({ state: 'retry' })
        expect(retry!.dueInMs).toBeGreaterThan(3_500_000)
        expect(retry!.dueInMs).toBeLessThanOrEqual(3_600_000)
      })

      it('that failed for the last time has failed, whatever time its source names', async () => {
        await workThrough({ failed: 'busy' }, { failed: 'busy' }, { failed: 'busy', retryAfterMs: 1_000 })
        expect(await queue.counts()).toEqual([{ kind: 'serve', state: 'failed', count: 1 }])
      })

      it('that snoozes waits as long as it said, and spends no attempt', async () => {
        await workThrough({ snoozeMs: 3_600_000 })
        const [snoozed] = await trial.waiting()
        expect(snoozed!.dueInMs).toBeGreaterThan(3_500_000)
        await trial.clear()
        attempts.splice(0)

        const snooze = { snoozeMs: 1 }
        const fail = { failed: 'not today' }
        await workThrough(snooze, snooze, fail, snooze, fail, snooze, snooze, fail)
        expect(attempts.map(({ last }) => last)).toEqual([
          false,
          false,
          false,
          false,
          false,
          true,
          true,
          true,
        ])
        expect(await count('failed')).toBe(1)
      })

      it('that is cancelled is never done again', async () => {
        await workThrough({ cancel: 'the image was removed' })
        expect(await queue.counts()).toEqual([{ kind: 'serve', state: 'cancelled', count: 1 }])
      })

      it('commits what it records with its ending, whichever that is', async () => {
        await workThrough(
          { snoozeMs: 1, record: note('snoozed') },
          { failed: 'not today', record: note('failed') },
          { cancel: 'never', record: note('cancelled') },
        )
        expect(await notes()).toEqual(['cancelled', 'failed', 'snoozed'])
      })
    })

    it('records nothing of an outcome whose record fails, tries that job again, and settles its siblings', async () => {
      const names = ['Ada', 'Bob', 'Cyd', 'Dan']
      await queue.enqueue(
        'greet',
        names.map((name) => ({ name })),
      )
      const together = aGate()
      let begun = 0
      const worker = working(queue, {
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
      await until(async () => (await count('completed')) === 3)
      expect(await notes()).toEqual(['Ada', 'Cyd', 'Dan'])
      expect((await trial.waiting()).map(({ state }) => state)).toEqual(['retry'])
      await trial.hurry()
      await until(async () => (await count('completed')) === 4)
      expect(await notes()).toEqual(names)
      await worker.stop()
    })

    it('goes on with others beside jobs that take long', async () => {
      const goOn = aGate()
      await queue.enqueue(
        'greet',
        ['slow 1', 'slow 2', 'slow 3'].map((name) => ({ name })),
      )
      let slow = 0
      const worker = working(queue, {
        async greet({ name }) {
          if (!name.startsWith('slow')) return done
          slow += 1
          await goOn.opened
          return done
        },
      })
      await until(() => slow === 3)
      await queue.enqueue(
        'greet',
        ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name })),
      )
      await until(async () => (await count('completed')) === 5)
      goOn.open()
      await worker.stop()
      expect(await count('completed')).toBe(8)
    })

    it('lets running jobs finish when it is asked to stop, and begins no more', async () => {
      await queue.enqueue('serve', { name: 'running' })
      const [begun, goOn] = [aGate(), aGate()]
      let ended = false
      const worker = working(queue, {
        async serve({ name }) {
          begun.open()
          await goOn.opened
          return { ...done, record: note(name) }
        },
      })
      void worker.ended.then(() => (ended = true))
      await begun.opened
      await queue.enqueue('serve', { name: 'waiting' })
      worker.abort()
      await queue.counts()
      expect(ended).toBe(false)
      goOn.open()
      await worker.ended
      expect(await notes()).toEqual(['running'])
      expect(await queue.counts()).toEqual([
        { kind: 'serve', state: 'completed', count: 1 },
        { kind: 'serve', state: 'created', count: 1 },
      ])
    })
  })
}

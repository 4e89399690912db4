import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, onTestFinished } from 'vitest'
import { aGate, aTestDatabase, silent, type Place } from '../../test/given.ts'
import { openDatabase, type Database, type Db, type Tx } from '../database.ts'
import type { Log } from '../log.ts'
import { openBossQueue } from './boss-queue.ts'
import type { Handlers, JobKind, JobQueue, JobState, WorkTerms } from './job-queue.ts'
import { ordinaryTimes, type Times } from './times.ts'

/** The jobs that the tests have done. */
export interface TestJobs {
  readonly greet: { readonly name: string }
  readonly serve: { readonly name: string }
}

/** Four at a time, and one after the other. */
export const testKinds: Readonly<Record<keyof TestJobs, JobKind>> = {
  greet: { concurrency: 4, expireInSeconds: 60 },
  serve: { concurrency: 1, expireInSeconds: 60 },
}

/** A life in which all happens ten times as fast. */
export const quick: Times = {
  ...ordinaryTimes,
  beatMs: 500,
  lostAfterMs: 1_500,
  graceMs: 500,
  ignoredMs: 500,
}

export const done = { done: true } as const

export type TestQueue = JobQueue<TestJobs, Tx>

export interface QueueOnTrial {
  readonly queue: TestQueue
  readonly db: Db
  /** The jobs that wait, and for how long they still have to. */
  waiting(): Promise<readonly { state: JobState; name: string; dueInMs: number }[]>
  /** How many jobs are in a state. */
  count(state: JobState): Promise<number>
  /** Lets everything that waits be due now. */
  hurry(): Promise<void>
  /** What jobs have recorded in the table `notes`. */
  notes(): Promise<readonly string[]>
  remove(): Promise<void>
}

/** Records a text, once. */
export const note = (text: string) => async (tx: Tx) =>
  void (await sql`insert into notes values (${text})`.execute(tx))

/** An open queue on a database of its own. */
export async function aQueue(times: Times = ordinaryTimes, kinds = testKinds): Promise<QueueOnTrial> {
  const database = await aTestDatabase()
  const trial = await onTrial(database, { times, kinds, log: silent })
  return {
    ...trial,
    async remove() {
      await trial.queue.close()
      await database.remove()
    },
  }
}

interface Particulars {
  readonly times: Times
  readonly kinds: Readonly<Record<keyof TestJobs, JobKind>>
  readonly log: Log
}

/** A queue in a place that there is already, as another process would open it. */
export async function aQueueIn(
  place: Pick<Place, 'config' | 'folder'>,
  { times = quick, kinds = testKinds, log = silent }: Partial<Particulars> = {},
): Promise<QueueOnTrial> {
  const database = await openDatabase(place.config, place.folder, log)
  const trial = await onTrial(database, { times, kinds, log })
  return {
    ...trial,
    async remove() {
      await trial.queue.close()
      await database.close()
    },
  }
}

async function onTrial(database: Database, { times, kinds, log }: Particulars): Promise<QueueOnTrial> {
  const { db } = database
  const queue = await openBossQueue<TestJobs>(database, kinds, log, { times })
  await sql`create table if not exists notes (text text not null)`.execute(db)
  return {
    queue,
    db,
    async waiting() {
      const { rows } = await sql<{ state: JobState; name: string; dueInMs: number }>`
        select state::text, data ->> 'name' as name,
          (extract(epoch from start_after - now()) * 1000)::float8 as "dueInMs"
        from pgboss.job where state in ('created', 'retry') order by name`.execute(db)
      return rows
    },
    async count(state) {
      const { rows } = await sql<{ count: number }>`
        select count(*) as count from pgboss.job where state::text = ${state}`.execute(db)
      return rows[0]!.count
    },
    async hurry() {
      await sql`update pgboss.job set start_after = now() where state in ('created', 'retry')`.execute(db)
    },
    async notes() {
      const { rows } = await sql<{ text: string }>`select text from notes order by 1`.execute(db)
      return rows.map(({ text }) => text)
    },
    remove: () => queue.close(),
  }
}

/** One queue for all tests of a file, empty before each. */
export function theQueue(times: Times = ordinaryTimes): QueueOnTrial {
  const trial = {} as { -readonly [K in keyof QueueOnTrial]: QueueOnTrial[K] }
  beforeAll(async () => void Object.assign(trial, await aQueue(times)))
  afterEach(async () => void (await sql`truncate pgboss.job, notes, schedules`.execute(trial.db)))
  afterAll(() => trial.remove())
  return trial
}

/** Works a queue until it is told to stop. */
export function working(
  queue: TestQueue,
  handlers: Partial<Handlers<TestJobs, Tx>>,
  terms: WorkTerms<TestJobs, Tx> = {},
) {
  const ending = new AbortController()
  const nothing = async () => done
  const ended = queue.work({ greet: nothing, serve: nothing, ...handlers }, ending.signal, terms)
  onTestFinished(async () => {
    ending.abort()
    await ended
  })
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
export async function namesWorked(
  queue: TestQueue,
  kind: keyof TestJobs,
  many: number,
): Promise<readonly string[]> {
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

/** Works one job again and again, each time with the next ending, until there are no more. */
export async function workThrough(
  trial: QueueOnTrial,
  ...endings: readonly (Awaited<ReturnType<Handlers<TestJobs, Tx>['serve']>> | Error)[]
) {
  const attempts: Parameters<Handlers<TestJobs, Tx>['serve']>[1][] = []
  const all = aGate()
  const worker = working(trial.queue, {
    async serve(_, attempt) {
      attempts.push(attempt)
      const ending = endings[attempts.length - 1] ?? done
      if (attempts.length === endings.length) all.open()
      if (ending instanceof Error) throw ending
      return ending
    },
  })
  const hurrying = setInterval(() => void trial.hurry(), 50)
  await all.opened
  clearInterval(hurrying)
  await worker.stop()
  return attempts
}

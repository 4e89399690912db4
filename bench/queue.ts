import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import pg from 'pg'
import { openDatabase, type Database, type Tx } from '../src/database.ts'
import { openLog } from '../src/log.ts'
import { openBossQueue } from '../src/queue/boss-queue.ts'
import { claim, priorityOrders } from '../src/queue/claim.ts'
import type { JobQueue } from '../src/queue/job-queue.ts'
import { machine, median, table } from './report.ts'

const server = process.env['DATABASE_URL'] ?? null
const log = openLog({ LOG_LEVEL: 'warn' })
const kinds = { nothing: { concurrency: 256, expireInSeconds: 60 } }
interface Nothing {
  readonly nothing: { readonly n: number }
}

/**
 * `npm run bench -- queue`: jobs that do nothing, enqueued and worked; how long claims take beside a backlog; how soon
 * a job begins. Embedded, or in new databases on the server of DATABASE_URL.
 */
export async function run(): Promise<void> {
  console.log(machine())
  console.log(server ? 'PostgreSQL server' : 'embedded, a sync at each commit')
  console.log(`\n${await throughput()}\n\n${await claims()}\n\n${await starts()}`)
}

interface Bench {
  readonly database: Database
  readonly queue: JobQueue<Nothing, Tx>
  remove(): Promise<void>
}

async function open(): Promise<Bench> {
  const folder = mkdtempSync(path.join(tmpdir(), 'magpie-bench-'))
  const name = `magpie_bench_${randomUUID().slice(0, 8)}`
  if (server) await onServer(`create database ${name}`)
  const settings = {
    DATABASE_URL: server?.replace(/[^/]*$/, name) ?? null,
    DATABASE_CONNECTIONS: 10,
    DATABASE_SYNC: 'on',
  } as const
  const database = await openDatabase(settings, folder, log)
  const queue = await openBossQueue<Nothing>(database, kinds, log)
  return {
    database,
    queue,
    async remove() {
      await queue.close()
      await database.close()
      if (server) await onServer(`drop database ${name} with (force)`)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server! })
  await client.connect()
  await client.query(statement)
  await client.end()
}

const jobs = 10_000

/** Medians of five. */
async function throughput(): Promise<string> {
  const runs = []
  for (let round = 0; round < 5; round++) runs.push(await once())
  const perSecond = (ms: readonly number[]) => Math.round(jobs / (median(ms) / 1000)).toLocaleString('en')
  const figures = [runs.map(({ enqueueMs }) => enqueueMs), runs.map(({ workMs }) => workMs)].map(perSecond)
  return table(['10,000 jobs', 'enqueued/s', 'worked/s'], [['', ...figures]])
}

async function once(): Promise<{ enqueueMs: number; workMs: number }> {
  const { queue, remove } = await open()
  const first = performance.now()
  await queue.enqueue(
    'nothing',
    Array.from({ length: jobs }, (_, n) => ({ n })),
  )
  const second = performance.now()
  const stop = new AbortController()
  let worked = 0
  const nothing = async () => {
    if (++worked === jobs) stop.abort()
    return { done: true } as const
  }
  await queue.work({ nothing }, stop.signal)
  const third = performance.now()
  await remove()
  return { enqueueMs: second - first, workMs: third - second }
}

const backlogs = [
  { title: '1,000 waiting', due: 1_000, later: 0 },
  { title: '1,000,000 waiting', due: 1_000_000, later: 0 },
  { title: '1,000 waiting, 100,000 snoozed', due: 1_000, later: 100_000 },
]
const rounds = 500
const batch = 16

/** Databases with other backlogs, side by side: in turn a batch is enqueued, claimed and ended in each. */
async function claims(): Promise<string> {
  const sides = []
  for (const { title, due, later } of backlogs) {
    const bench = await open()
    await fill(bench.database, due, later)
    const startedMs = performance.now()
    await bench.queue.counts()
    sides.push({ title, bench, countMs: performance.now() - startedMs, claimMs: [] as number[] })
  }
  const worker = randomUUID()
  const nextOrder = priorityOrders()
  for (const { bench } of sides)
    await sql`insert into workers (id, host, pid, state, seen_at) values (${worker}, 'bench', 1, 'working', 'infinity')`.execute(
      bench.database.db,
    )
  for (let round = 0; round < rounds; round++) {
    const order = nextOrder()
    for (const { bench, claimMs } of sides) {
      const { db } = bench.database
      await bench.queue.enqueue(
        'nothing',
        Array.from({ length: batch }, (_, n) => ({ n: -1 - n - round * batch })),
      )
      const startedMs = performance.now()
      const claimed = await claim(db, { kind: 'nothing', worker, most: batch, order, lostAfterMs: 15_000 })
      claimMs.push(performance.now() - startedMs)
      await sql`update pgboss.job set state = 'completed', completed_on = now()
        where name = 'nothing' and id = any(${claimed.map(({ id }) => id)}::uuid[])`.execute(db)
    }
  }
  for (const { bench } of sides) await bench.remove()
  return table(
    [`claims of ${batch}`, 'p50 ms', 'p99 ms', 'counts() ms'],
    sides.map(({ title, claimMs, countMs }) => [
      title,
      at(claimMs, 0.5),
      at(claimMs, 0.99),
      countMs.toFixed(0),
    ]),
  )
}

const at = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)]!.toFixed(1)

async function fill({ db }: Database, due: number, later: number): Promise<void> {
  await sql`
    insert into pgboss.job (name, data, priority, start_after, singleton_key, keep_until)
    select 'nothing', jsonb_build_object('n', n), 10,
      case when n <= ${due} then now() - interval '1 hour' + n * interval '1 microsecond'
        else now() + interval '1 day' + n * interval '1 second' end,
      md5(n::text), now() + interval '1 year'
    from generate_series(1, ${due + later}::int) n`.execute(db)
  await sql`vacuum analyze pgboss.job`.execute(db)
}

/** An idle worker, and one job after the other. */
async function starts(): Promise<string> {
  const { queue, remove } = await open()
  const stop = new AbortController()
  let begun = Promise.withResolvers<void>()
  const nothing = async () => {
    begun.resolve()
    return { done: true } as const
  }
  const working = queue.work({ nothing }, stop.signal)
  const startMs: number[] = []
  for (let n = 0; n < 220; n++) {
    begun = Promise.withResolvers<void>()
    const startedMs = performance.now()
    await queue.enqueue('nothing', { n })
    await begun.promise
    // The first ones warm up.
    if (n >= 20) startMs.push(performance.now() - startedMs)
  }
  stop.abort()
  await working
  await remove()
  return table(['', 'p50 ms', 'p99 ms'], [['from enqueueing to begin', at(startMs, 0.5), at(startMs, 0.99)]])
}

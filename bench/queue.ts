import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openDatabase } from '../src/database.ts'
import { openLog } from '../src/log.ts'
import { openBossQueue } from '../src/queue/boss-queue.ts'
import { machine, median, table } from './report.ts'

const jobs = 10_000

/** `npm run bench -- queue`: jobs that do nothing, enqueued and worked; embedded, or on DATABASE_URL. Medians of five. */
export async function run(): Promise<void> {
  console.log(machine())
  const runs = []
  for (let round = 0; round < 5; round++) runs.push(await once())
  const perSecond = (ms: readonly number[]) => Math.round(jobs / (median(ms) / 1000)).toLocaleString('en')
  const where = process.env['DATABASE_URL'] ? 'PostgreSQL server' : 'embedded, a sync at each commit'
  const rows = [
    [where, perSecond(runs.map(({ enqueueMs }) => enqueueMs)), perSecond(runs.map(({ workMs }) => workMs))],
  ]
  console.log(`\n${table(['', 'enqueued/s', 'worked/s'], rows)}`)
}

async function once(): Promise<{ enqueueMs: number; workMs: number }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'magpie-bench-'))
  const log = openLog({ LOG_LEVEL: 'warn' })
  const settings = {
    DATABASE_URL: process.env['DATABASE_URL'] ?? null,
    DATABASE_CONNECTIONS: 10,
    DATABASE_SYNC: 'on',
  } as const
  const database = await openDatabase(settings, folder, log)
  const kind = { concurrency: 256, attempts: 4, expireInSeconds: 60 }
  const queue = await openBossQueue<{ nothing: { n: number } }>(database, { nothing: kind }, log)
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
  await queue.close()
  await database.close()
  rmSync(folder, { recursive: true, force: true })
  return { enqueueMs: second - first, workMs: third - second }
}

import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { settings } from '../src/config.ts'
import { openLog } from '../src/log.ts'
import { openMagpie } from '../src/main.ts'
import { readSettings } from '../src/settings.ts'
import { startWorkers, stopWorkers } from '../test/faults/workers.ts'
import { startPostgres } from '../test/postgres.ts'
import { startPhotoServer } from './ingest.ts'
import { machine, median, table } from './report.ts'

const photos = path.join(import.meta.dirname, '../../shared/data/photos')
const perPage = 20

/** What is run in turn: so many `magpie work`, and an origin that takes so long. */
interface Setup {
  readonly processes: number
  readonly latencyMs: number
}

/**
 * `npm run bench -- scaling [--runs 5] [--count 1000] [--processes 1,2] [--latency 0,100]`: the photo corpus with bytes
 * of its own at each address, worked by one `magpie work` and by two on one PostgreSQL and one disk, in turn; medians,
 * and ratios run by run to the first.
 */
export async function run({ arguments: args }: { arguments: string[] }): Promise<void> {
  const text = (value: string) => ({ type: 'string', default: value }) as const
  const options = { runs: text('5'), count: text('1000'), processes: text('1,2'), latency: text('0,100') }
  const { values } = parseArgs({ args, options })
  if (!existsSync(photos)) return console.log('skipped: the photo corpus is not beside this checkout')
  const server = await startPostgres()
  if (!server) return
  console.log(machine())
  const list = (words: string) => words.split(',').map(Number)
  const setups = list(values.latency).flatMap((latencyMs) =>
    list(values.processes).map((processes) => ({ processes, latencyMs })),
  )
  try {
    const rates = await inTurn(server.url, setups, { runs: Number(values.runs), count: Number(values.count) })
    const first = rates.get(setups[0]!)!
    const rows = setups.map((setup) => {
      const own = rates.get(setup)!
      const ratio = median(own.map((rate, at) => rate / first[at]!))
      return [...[setup.processes, setup.latencyMs].map(String), median(own).toFixed(1), ratio.toFixed(2)]
    })
    const heads = ['processes', 'latency ms', 'images/s', 'ratio to the first']
    console.log(
      `\n${values.count} addresses, distinct bytes, medians of ${values.runs}\n\n${table(heads, rows)}`,
    )
  } finally {
    await server.stop()
  }
}

async function inTurn(
  server: string,
  setups: readonly Setup[],
  { runs, count }: { runs: number; count: number },
): Promise<ReadonlyMap<Setup, readonly number[]>> {
  const rates = new Map<Setup, number[]>(setups.map((setup) => [setup, []]))
  for (let round = 1; round <= runs; round++) {
    for (const setup of setups) {
      const rate = await once(server, setup, count)
      rates.get(setup)!.push(rate)
      console.error(`round ${round}: ${setup.processes} at ${setup.latencyMs} ms ${rate.toFixed(1)}/s`)
    }
  }
  return rates
}

/** Images a second, from the first page handed over to the last job done; the processes are up before. */
async function once(server: string, { processes, latencyMs }: Setup, count: number): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), 'magpie-bench-'))
  const origin = await startPhotoServer(String(latencyMs), true)
  const database = await aDatabase(server)
  const config = readSettings(settings, {
    ...{ MAGPIE_DATA: folder, DATABASE_URL: database.url, LOG_LEVEL: 'warn' },
    FETCH_ALLOW_PRIVATE: new URL(origin.url).host,
  })
  const magpie = await openMagpie(config, openLog(config))
  const keep = { maxImages: perPage, minScore: 0, min: { width: 1, height: 1 } }
  await magpie.saveCatalog('bench', { keep, policy: { hostConcurrency: 64 * processes, hostDelayMs: 0 } })
  const place = { folder, config, remove: database.remove }
  const workers = await startWorkers(processes, place, { origin: { host: new URL(origin.url).host } })
  try {
    const since = performance.now()
    for (let page = 0; page < count / perPage; page++)
      await magpie.scrape({ url: `${origin.url}/pages/${page}.html?images=${perPage}`, catalog: 'bench' })
    while (!(await isDone(magpie))) await sleep(100)
    return count / ((performance.now() - since) / 1000)
  } finally {
    await stopWorkers(workers)
    await magpie.close()
    origin.process.kill()
    await database.remove()
    rmSync(folder, { recursive: true, force: true })
  }
}

const isDone = async ({ queue }: Awaited<ReturnType<typeof openMagpie>>) =>
  (await queue.counts()).every(({ state }) => !['created', 'retry', 'active'].includes(state))

async function aDatabase(server: string): Promise<{ url: string; remove(): Promise<void> }> {
  const name = `bench_${randomBytes(6).toString('hex')}`
  const say = async (statement: string) => {
    const client = new pg.Client({ connectionString: server })
    await client.connect()
    await client.query(statement)
    await client.end()
  }
  await say(`create database ${name}`)
  const remove = () => say(`drop database if exists ${name} with (force)`)
  return { url: server.replace(/[^/]*$/, name), remove }
}

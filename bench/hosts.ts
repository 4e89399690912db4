import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { openDatabase, type Database } from '../src/database.ts'
import type { Hosts } from '../src/hosts/host-turns.ts'
import { hostsInProcess, openHosts } from '../src/hosts/open-hosts.ts'
import { openLog } from '../src/log.ts'
import { startPostgres } from '../test/postgres.ts'
import { machine, median, table } from './report.ts'

/** Turns asked for at once, as the images under way in a process; over so many hosts. */
const atOnce = 32
const hostCount = 8

interface Keeping {
  readonly name: string
  /** One for each process; each has its share of the turns. */
  readonly open: (base: Database, other: Database) => Promise<readonly Hosts[]>
  readonly on: 'embedded' | 'server'
}

const settings = { HOSTS_WAIT_MS: 60_000 }
/** As a server would have it, also on the embedded database. */
const inTables = ({ db }: Database) => openHosts({ db, place: { kind: 'server', url: '' } }, settings)

const keepings: readonly Keeping[] = [
  { name: 'in memory', on: 'embedded', open: async () => [hostsInProcess()] },
  {
    name: 'embedded: in memory, written behind',
    on: 'embedded',
    open: async (db) => [await openHosts(db, settings)],
  },
  { name: 'embedded: in its tables', on: 'embedded', open: async (db) => [await inTables(db)] },
  { name: 'server, one process', on: 'server', open: async (db) => [await inTables(db)] },
  {
    name: 'server, two pools',
    on: 'server',
    open: async (one, other) => [await inTables(one), await inTables(other)],
  },
]

/** `npm run bench -- hosts [--runs 5] [--count 10000]`: turns taken and given back, with nothing between; medians. */
export async function run({ arguments: args }: { arguments: string[] }): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { runs: { type: 'string', default: '5' }, count: { type: 'string', default: '10000' } },
  })
  console.log(machine())
  const server = await startPostgres()
  const folder = mkdtempSync(path.join(tmpdir(), 'magpie-bench-'))
  const open = (url: string | null) =>
    openDatabase(
      { DATABASE_URL: url, DATABASE_CONNECTIONS: 10, DATABASE_SYNC: 'on' },
      folder,
      openLog({ LOG_LEVEL: 'warn' }),
    )
  const embedded = await open(null)
  const onServer = server ? [await open(server.url), await open(server.url)] : []
  const measured = new Map<string, Measured[]>()
  for (let round = 0; round < Number(values.runs); round++) {
    for (const { name, on, open: openAll } of keepings) {
      const [one, other] = on === 'embedded' ? [embedded, embedded] : onServer
      if (!one || !other) continue
      const all = await openAll(one, other)
      const before = measured.get(name) ?? []
      measured.set(name, [...before, await once(all, Number(values.count))])
      for (const hosts of all) await hosts.close()
    }
  }
  for (const database of [embedded, ...onServer]) await database.close()
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
  print(measured)
}

interface Measured {
  readonly perSecond: number
  /** Of this process; the server's own is not in it. */
  readonly cpuMicros: number
  readonly medianMs: number
}

async function once(processes: readonly Hosts[], count: number): Promise<Measured> {
  const signal = new AbortController().signal
  const limits = { hostConcurrency: 64, hostDelayMs: 0 }
  const waits: number[] = []
  let taken = 0
  const work = async (hosts: Hosts) => {
    while (taken < count) {
      const n = taken++
      const since = performance.now()
      const ask = { host: `host-${n % hostCount}:443`, want: `want-${n}`, alone: true, begun: false, limits }
      const turn = await hosts.take(ask, signal)
      waits.push(performance.now() - since)
      turn.end({ status: 200, bytes: 30_000, firstByteMs: 20 })
    }
  }
  const cpu = process.cpuUsage()
  const since = performance.now()
  await Promise.all(Array.from({ length: atOnce }, (_, n) => work(processes[n % processes.length]!)))
  const seconds = (performance.now() - since) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { perSecond: count / seconds, cpuMicros: (user + system) / count, medianMs: median(waits) }
}

function print(measured: ReadonlyMap<string, readonly Measured[]>): void {
  const rows = [...measured].map(([name, runs]) => [
    name,
    Math.round(median(runs.map(({ perSecond }) => perSecond))).toLocaleString('en'),
    median(runs.map(({ cpuMicros }) => cpuMicros)).toFixed(0),
    median(runs.map(({ medianMs }) => medianMs)).toFixed(2),
  ])
  console.log(`\n${table(['', 'turns/s', 'CPU µs a turn', 'wait, median ms'], rows)}`)
}

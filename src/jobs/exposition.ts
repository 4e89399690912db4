import { collectDefaultMetrics } from 'prom-client'
import type { ErrorCode } from '../errors.ts'
import type { JobCount, JobState, Worker } from '../queue/job-queue.ts'
import type { HostInSight } from './magpie.ts'
import { moreMetrics, type Make, type Metrics } from './metrics.ts'
import { pausing } from './pause.ts'
import { version } from '../version.ts'

/** Where a scrape looks, beside what has been counted. */
export interface Sources {
  /** The kinds of jobs there are. */
  readonly kinds: readonly string[]
  readonly counts: () => Promise<readonly JobCount[]>
  readonly hosts: () => Promise<readonly Pick<HostInSight, 'rate' | 'pausedUntil' | 'reason'>[]>
  readonly workers: () => Promise<readonly Pick<Worker, 'state'>[]>
  /** Null when none is open, or none but ours can be. */
  readonly oldestTransaction: () => Promise<{ readonly openSeconds: number } | null>
  readonly paused: () => readonly ErrorCode[]
  readonly decoders: () => {
    readonly running: number
    readonly waiting: number
    readonly restarts: number
    readonly killed: number
  }
}

/** How long what was read from the database is good for, and how long a scrape waits for it. */
export interface Patience {
  readonly freshMs: number
  readonly waitMs: number
}

const ordinaryPatience: Patience = { freshMs: 5_000, waitMs: 2_000 }

/** What this process has counted, and what it finds when it is asked. */
export interface Exposition {
  readonly contentType: string
  /** All metrics in Prometheus' text format. A database that does not answer is said to be down, in bounded time. */
  text(): Promise<string>
  /** Counts a request that this process has answered. */
  countRequest(answered: Answered): void
}

export interface Answered {
  readonly method: string
  /** The route's pattern; null when there is none. Never the address. */
  readonly route: string | null
  readonly status: number
  readonly tookMs: number
  /** Of the body that was sent, if it was. */
  readonly byteSize: number
}

/** Joins what was counted with what a scrape reads: the process, its decoders, its pauses, and the database. */
export function openExposition(
  metrics: Metrics,
  sources: Sources,
  patience: Patience = ordinaryPatience,
): Exposition {
  const { registry } = metrics
  const make = moreMetrics(metrics)
  beginAtZero(metrics, sources.kinds)
  const setProcess = processGauges(make, sources)
  const setDatabase = databaseGauges(make, sources.kinds)
  const read = reader(sources, patience)
  let isWatched = false
  return {
    contentType: registry.contentType,
    async text() {
      // Watching the event loop and the garbage collector costs a little, so it begins with the first who looks.
      if (!isWatched) collectDefaultMetrics({ register: registry })
      isWatched = true
      setProcess()
      setDatabase(await read())
      return registry.metrics()
    },
    countRequest({ method, route, status, tookMs, byteSize }) {
      metrics.requestSeconds.observe({ method, route: route ?? 'none', status }, tookMs / 1000)
      metrics.servedBytes.inc(byteSize)
    },
  }
}

/** A series that begins with 1 has grown by nothing in the eyes of Prometheus, so what wakes people is there at once. */
function beginAtZero({ jobsEnded }: Metrics, kinds: readonly string[]): void {
  for (const kind of kinds) {
    jobsEnded.inc({ kind, outcome: 'completed', code: '' }, 0)
    for (const code of ['internal', 'job_crashed']) jobsEnded.inc({ kind, outcome: 'dead', code }, 0)
    jobsEnded.inc({ kind, outcome: 'retried', code: 'internal' }, 0)
  }
}

function processGauges(make: Make, sources: Sources): () => void {
  make
    .gauge('build_info', 'Always 1; the version of Magpie and of Node.js', 'version', 'node')
    .set({ version, node: process.version }, 1)
  const paused = make.gauge(
    'work_paused',
    'Whether this process begins nothing new because something all work needs is away: 1, or 0',
    'code',
  )
  const pictures = make.gauge('decoder_pictures', 'Pictures being decoded, and pictures in line', 'state')
  const lost = make.counter(
    'decoder_processes_lost_total',
    'Decoding processes of this process that crashed, or were killed by a limit',
    'reason',
  )
  return () => {
    const now = new Set(sources.paused())
    for (const code of pausing) paused.set({ code }, now.has(code) ? 1 : 0)
    const { running, waiting, restarts, killed } = sources.decoders()
    pictures.set({ state: 'running' }, running)
    pictures.set({ state: 'waiting' }, waiting)
    // Counted where they happen.
    lost.reset()
    lost.inc({ reason: 'crashed' }, restarts - killed)
    lost.inc({ reason: 'killed' }, killed)
  }
}

interface Read {
  readonly counts: readonly JobCount[]
  readonly hosts: Awaited<ReturnType<Sources['hosts']>>
  readonly workers: Awaited<ReturnType<Sources['workers']>>
  readonly oldestTransaction: { readonly openSeconds: number } | null
}

/** Counting a long queue takes its time: it gets at most a tenth of it. */
const restPerRead = 9

/** Reads the database at most once at a time and once in a while, whoever scrapes how often; null: it did not answer. */
function reader(sources: Sources, { freshMs, waitMs }: Patience): () => Promise<Read | null> {
  let last: { readonly read: Read; readonly goodUntilMs: number } | null = null
  let reading: Promise<Read> | null = null
  const begin = async () => {
    const since = performance.now()
    const [counts, hosts, workers, oldestTransaction] = await Promise.all([
      sources.counts(),
      sources.hosts(),
      sources.workers(),
      sources.oldestTransaction(),
    ])
    const read = { counts, hosts, workers, oldestTransaction }
    const now = performance.now()
    last = { read, goodUntilMs: now + Math.max(freshMs, (now - since) * restPerRead) }
    return read
  }
  return async () => {
    if (last && performance.now() < last.goodUntilMs) return last.read
    reading ??= begin().finally(() => (reading = null))
    return within(reading, waitMs)
  }
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T | null> {
  const late = Promise.withResolvers<null>()
  const timer = setTimeout(() => late.resolve(null), ms)
  return Promise.race([promise, late.promise])
    .catch(() => null)
    .finally(() => clearTimeout(timer))
}

const states: readonly JobState[] = ['created', 'retry', 'active', 'completed', 'cancelled', 'failed']
const workerStates: readonly Worker['state'][] = ['working', 'paused', 'draining']

/** What all processes together know; each process says the same. Left out altogether while the database is down. */
function databaseGauges(make: Make, kinds: readonly string[]): (read: Read | null) => void {
  const up = make.gauge('database_up', 'Whether the database answered this process in time: 1, or 0')
  const of = gaugesOf(make)
  return (read) => {
    up.set(read ? 1 : 0)
    for (const gauge of Object.values(of)) gauge.reset()
    of.transaction.remove()
    if (!read) return
    for (const kind of kinds) {
      for (const state of states) of.jobs.set({ kind, state }, 0)
      of.oldest.set({ kind }, 0)
    }
    for (const { kind, state, count, dueSince } of read.counts) {
      of.jobs.set({ kind, state }, count)
      if (dueSince) of.oldest.set({ kind }, Math.max(0, (Date.now() - dueSince.getTime()) / 1000))
    }
    for (const state of workerStates)
      of.workers.set({ state }, read.workers.filter((one) => one.state === state).length)
    setHosts(of, read.hosts)
    if (read.oldestTransaction) of.transaction.set(read.oldestTransaction.openSeconds)
  }
}

type DatabaseGauges = ReturnType<typeof gaugesOf>

const gaugesOf = ({ gauge }: Make) => ({
  jobs: gauge('jobs', 'Jobs in the queue, of all processes, by kind and state', 'kind', 'state'),
  oldest: gauge(
    'jobs_oldest_due_age_seconds',
    'How long the job that is due longest has been due; 0 when none is',
    'kind',
  ),
  workers: gauge('workers', 'Processes that work the queue, on all machines, by state', 'state'),
  hosts: gauge(
    'hosts',
    'Hosts that something is known of: at full rate, slowed because they showed strain, or paused',
    'state',
  ),
  hostsPaused: gauge('hosts_paused', 'Hosts that are left alone for a while, by the reason', 'reason'),
  transaction: gauge(
    'database_oldest_transaction_seconds',
    'How long the oldest transaction of the database has been open, whoever opened it; absent when none is',
  ),
})

/** By state and not by name: a catalogue may have a hundred thousand hosts, and status names those in trouble. */
function setHosts({ hosts, hostsPaused }: DatabaseGauges, all: Read['hosts']): void {
  const counts = { full: 0, slowed: 0, paused: 0 }
  for (const { rate, pausedUntil, reason } of all) {
    const state = pausedUntil ? 'paused' : rate < 1 ? 'slowed' : 'full'
    counts[state] += 1
    if (pausedUntil) hostsPaused.inc({ reason: reason ?? 'unknown' })
  }
  for (const [state, count] of Object.entries(counts)) hosts.set({ state }, count)
}

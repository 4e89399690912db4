import { PgBoss, type ConstructorOptions } from 'pg-boss'
import { inTransaction, type Database, type Db, type Tx } from '../database.ts'
import type { Log } from '../log.ts'
import { countJobs } from './counts.ts'
import { enqueue } from './enqueue.ts'
import { hastenJobs } from './hasten.ts'
import type { EnqueueOptions, JobKind, JobQueue } from './job-queue.ts'
import { findJob, listJobs } from './listing.ts'
import { watchOldTransactions } from './old-transactions.ts'
import { watchOutages, type Outage } from './outage.ts'
import { prepare } from './prepare.ts'
import { cancelJobs, retryJobs } from './redrive.ts'
import { rescue } from './rescue.ts'
import { openSchedules, runSchedules } from './schedule.ts'
import { ordinaryTimes, type Times } from './times.ts'
import { work, type Shift } from './work.ts'
import { listWorkers } from './workers.ts'

/**
 * The queue in pg-boss's tables, in the same database as ours, so that a row and its job commit together. pg-boss
 * makes the tables, removes what has ended, and listens; all else is done here, in statements of our own.
 */
export async function openBossQueue<Jobs extends object>(
  database: Database,
  kinds: Readonly<Record<keyof Jobs & string, JobKind>>,
  log: Log,
  { times = ordinaryTimes }: { readonly times?: Times } = {},
): Promise<JobQueue<Jobs, Tx>> {
  const { db } = database
  const names = Object.keys(kinds)
  const closing = new AbortController()
  const outage = watchOutages(db, log, closing.signal)
  const boss = await startBoss(database, outage)
  await prepare(boss, database, names)
  if (database.place.kind === 'embedded') await buryAll(database, names, log)
  const lookAtTransactions = watchOldTransactions(database, log)
  const tick = async () => {
    await runSchedules(db, names, log)
    await lookAtTransactions()
  }
  const inTx = <T>(tx: Tx | undefined, go: (tx: Tx) => Promise<T>) => (tx ? go(tx) : inTransaction(db, go))
  return {
    enqueue: (kind, args, { tx = db, ...options }: Omit<EnqueueOptions<Tx>, 'tx'> & { tx?: Db } = {}) =>
      enqueue(tx, kind, { args: Array.isArray(args) ? args : [args], options }),
    work: (handlers, signal, terms = {}) =>
      work({ ...{ boss, database, kinds, outage, times, log }, tick }, {
        handlers,
        signal,
        terms,
      } as unknown as Shift),
    counts: () => countJobs(db),
    list: (filter, page) => listJobs(db, filter, page),
    find: (id) => findJob(db, id),
    retry: (which, { tx } = {}) => inTx(tx, (own) => retryJobs(own, which)),
    hasten: (host) => hastenJobs(db, host),
    cancel: (which, { tx } = {}) => inTx(tx, (own) => cancelJobs(own, which)),
    schedules: openSchedules<Jobs>(db),
    workers: () => listWorkers(db, times.lostAfterMs),
    async close() {
      closing.abort()
      await boss.stop({ graceful: true, timeout: 5_000 })
    },
  }
}

const day = 24 * 3600

async function startBoss(database: Database, outage: Outage): Promise<PgBoss> {
  const boss = new PgBoss({
    ...connection(database),
    schedule: false,
    maintenanceIntervalSeconds: 3600,
    // It counts the whole table to no use of ours.
    monitorIntervalSeconds: day,
  })
  boss.on('error', (cause) => outage.heard(cause))
  return boss.start()
}

/** Nobody but us has the embedded database open: whoever held jobs in it is dead. */
async function buryAll(database: Database, kinds: readonly string[], log: Log): Promise<void> {
  await database.db.deleteFrom('workers').execute()
  await rescue({ database, log, kinds, lostAfterMs: 0 })
}

function connection(database: Database): ConstructorOptions {
  const { place } = database
  // A connection that was cut without a word must not be waited on for ever.
  const limits = { query_timeout: 60_000, max: 4 }
  if (place.kind === 'server')
    return { ...limits, connectionString: place.url, application_name: 'magpie-queue' }
  return {
    backend: 'pglite',
    db: {
      async executeSql(text, values) {
        const client = await place.pool.connect()
        try {
          return { rows: [...(await client.query(text, values ?? [])).rows] }
        } catch (cause) {
          // One connection serves all: a block that failed half-way must not leave its transaction open.
          await client.query('rollback', []).catch(() => undefined)
          throw cause
        } finally {
          client.release()
        }
      },
    },
  }
}

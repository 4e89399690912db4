import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { fromKysely, PgBoss, type ConstructorOptions } from 'pg-boss'
import type { Database, Tx } from '../database.ts'
import type { Log } from '../log.ts'
import type { EnqueueOptions, JobCount, JobKind, JobQueue, JobState, Priority } from './job-queue.ts'
import { settler } from './settle.ts'
import { pump } from './pump.ts'
import { announceJobs, listenForWork } from './wakes.ts'

/** Greater is sooner. */
const priorities: Readonly<Record<Priority, number>> = { viewed: 30, listed: 20, ordinary: 10, idle: 0 }

/** A worker that has said nothing for so long is dead, and its jobs go to others; looked for every five seconds. */
const heartbeatSeconds = 15
const superviseSeconds = 5

/**
 * The queue on pg-boss, in the same database as the tables, so that a row and its job commit together.
 * pg-boss keeps, claims, retries and expires the jobs; the pump beside this file hands them out one by one, because
 * pg-boss's own workers wait for the slowest job of a batch.
 */
export async function openBossQueue<Jobs extends object>(
  database: Database,
  kinds: Readonly<Record<keyof Jobs & string, JobKind>>,
  log: Log,
): Promise<JobQueue<Jobs, Tx>> {
  const boss = new PgBoss({
    ...connection(database),
    schedule: false,
    superviseIntervalSeconds: superviseSeconds,
    monitorIntervalSeconds: superviseSeconds,
  })
  boss.on('error', (cause) => log.warn({ err: cause }, 'the queue had trouble'))
  await boss.start()
  const names = Object.keys(kinds) as (keyof Jobs & string)[]
  for (const name of names) await declare(boss, name, kinds[name])
  if (database.place.kind === 'embedded') await rescueAll(database)
  return {
    enqueue: (kind, args, options = {}) => enqueue(boss, database, kind, args, options),
    async work(handlers, signal) {
      const settle = settler(boss, database, log)
      const wakes = await listenForWork(boss, database)
      await Promise.all(
        names.map((name) =>
          pump({ boss, name, kind: kinds[name], handler: handlers[name], settle, wakes, log }, signal),
        ),
      )
      await settle.idle()
      await wakes.close()
    },
    counts: () => countJobs(database),
    close: () => boss.stop({ graceful: true, timeout: 5_000 }),
  }
}

function connection(database: Database): ConstructorOptions {
  const { place } = database
  if (place.kind === 'server')
    return { connectionString: place.url, max: 4, application_name: 'magpie-queue' }
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

async function declare(boss: PgBoss, name: string, kind: JobKind): Promise<void> {
  const options = {
    retryLimit: kind.attempts - 1,
    retryDelay: 1,
    retryBackoff: true,
    retryDelayMax: 3600,
    expireInSeconds: kind.expireInSeconds,
    heartbeatSeconds,
    // Finished jobs are kept a day for people to look at; a million of them would slow every claim.
    deleteAfterSeconds: 24 * 3600,
    // Those that wait are kept as good as for ever: an image must not lose its job by waiting.
    retentionSeconds: 10 * 365 * 24 * 3600,
  }
  // 'short': of equal jobs only one may wait.
  await boss.createQueue(name, { ...options, policy: 'short' })
  await boss.updateQueue(name, options)
  // Fills pg-boss's cache of queues now: later it would ask for it outside our transaction, and wait for ever.
  await boss.fetch(name, { maxPriority: -1_000_000 })
}

async function enqueue<Args>(
  boss: PgBoss,
  database: Database,
  kind: string,
  args: Args | readonly Args[],
  options: EnqueueOptions<Tx>,
): Promise<void> {
  const list = Array.isArray(args) ? (args as readonly Args[]) : [args as Args]
  if (list.length === 0) return
  const jobs = list.map((data) => ({
    data: data as object,
    singletonKey: createHash('sha1').update(JSON.stringify(data)).digest('hex'),
    priority: priorities[options.priority ?? 'ordinary'],
    ...(options.runAt ? { startAfter: options.runAt } : {}),
    ...(options.host ? { group: { id: options.host } } : {}),
  }))
  const insert = async (tx: Tx) => {
    await boss.insert(kind, jobs, { db: fromKysely(tx) })
    await announceJobs(tx, kind)
  }
  await (options.tx ? insert(options.tx) : database.db.transaction().execute(insert))
}

/**
 * Takes back what a dead process held. The embedded database has one process at a time, so whatever is active when
 * it opens has no worker; it starts afresh and no attempt is spent.
 */
async function rescueAll(database: Database): Promise<void> {
  await sql`update pgboss.job set state = 'retry', started_on = null, heartbeat_on = null, start_after = now()
    where state = 'active'`.execute(database.db)
}

async function countJobs(database: Database): Promise<readonly JobCount[]> {
  const { rows } = await sql<{ name: string; state: JobState; count: number }>`
    select name, state::text as state, count(*) as count from pgboss.job
    where name not like '\\_\\_%' group by 1, 2 order by 1, 2`.execute(database.db)
  return rows.map(({ name, state, count }) => ({ kind: name, state, count }))
}

import { fromKysely, type JobWithMetadata, type PgBoss } from 'pg-boss'
import type { Database, Tx } from '../database.ts'
import { asMagpieError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Outcome } from './job-queue.ts'

type Job = JobWithMetadata<object>
interface Settling {
  readonly job: Job
  readonly outcome: Outcome<Tx>
  readonly settled: () => void
}

/** Settles jobs together with what they record. */
export interface Settler {
  /** Resolves when the outcome is committed, or when it is certain that it cannot be. */
  (job: Job, outcome: Outcome<Tx>): Promise<void>
  /** Resolves when nothing is being settled. */
  idle(): Promise<void>
}

/** More in one transaction would hold its rows' locks for too long. */
const mostAtOnce = 64

/**
 * Group commit: outcomes that arrive while one transaction is being written go into the next together, so that a
 * busy worker pays for one sync of the disk for many jobs, and an idle one waits for nobody.
 */
export function settler(boss: PgBoss, database: Database, log: Log): Settler {
  let waiting: Settling[] = []
  let writing: Promise<void> | null = null

  const write = async () => {
    while (waiting.length > 0) {
      const together = waiting.slice(0, mostAtOnce)
      waiting = waiting.slice(mostAtOnce)
      await settleTogether(together).catch(() => settleEach(together))
      for (const one of together) one.settled()
    }
    writing = null
  }
  const settleTogether = (all: readonly Settling[]) =>
    database.db.transaction().execute(async (tx) => {
      // Fenced: a job that was taken back and given to another worker settles nothing, and neither do we.
      const ours = await settleJobs(boss, tx, all)
      // Side by side, so that rooms can write alike things with one statement; the connection keeps them in order.
      const records = all
        .filter(({ job }) => ours.has(job.id))
        .map(async ({ outcome }) => outcome.record?.(tx))
      // All are waited for, also after one has failed: what they still write must not come after our rollback.
      const failure = (await Promise.allSettled(records)).find((one) => one.status === 'rejected')
      if (failure) throw failure.reason
    })
  /** One outcome's record failed, and nobody can say whose: each on its own, so that it fails alone. */
  const settleEach = async (all: readonly Settling[]) => {
    for (const one of all) {
      await settleTogether([one]).catch(async (cause: unknown) => {
        log.warn({ err: cause, job: one.job.id, kind: one.job.name }, 'an outcome could not be recorded')
        const failed = asMagpieError(cause).message
        await settleTogether([{ ...one, outcome: { failed } }]).catch((again: unknown) =>
          log.error(
            { err: again, job: one.job.id },
            'a job could not be settled; it is taken back when its heartbeat ends',
          ),
        )
      })
    }
  }
  const settle = (job: Job, outcome: Outcome<Tx>) =>
    new Promise<void>((settled) => {
      waiting.push({ job, outcome, settled })
      writing ??= Promise.resolve().then(write)
    })
  return Object.assign(settle, { idle: async () => (await writing) ?? undefined })
}

/** Writes the endings, one statement a kind and ending, and answers which jobs were still ours to end. */
async function settleJobs(boss: PgBoss, tx: Tx, all: readonly Settling[]): Promise<ReadonlySet<string>> {
  const ours = new Set<string>()
  const alike = Map.groupBy(
    all,
    ({ job, outcome }) => `${job.name} ${Object.keys(ending(outcome)).join()} ${note(outcome)}`,
  )
  for (const group of alike.values()) {
    const answer = await endAlike(boss, tx, group)
    for (const id of answer.settled ?? []) ours.add(id)
  }
  for (const { job, outcome } of all) {
    if (!ours.has(job.id)) continue
    if ('snoozeMs' in outcome) await sendLater(boss, tx, job, outcome.snoozeMs)
    if ('failed' in outcome && outcome.retryAfterMs !== undefined)
      await postpone(boss, tx, job, outcome.retryAfterMs)
  }
  return ours
}

/** What pg-boss answers beside the count, which its types do not say. */
interface Answer {
  readonly settled?: readonly string[]
}

async function endAlike(boss: PgBoss, tx: Tx, group: readonly Settling[]): Promise<Answer> {
  const { job, outcome } = group[0]!
  const db = fromKysely(tx)
  const attempts = group.map((one) => ({ id: one.job.id, retryCount: one.job.retryCount }))
  if ('failed' in outcome) return boss.fail(job.name, attempts, { message: outcome.failed }, { db })
  if ('cancel' in outcome) return boss.cancel(job.name, attempts, { db })
  return boss.complete(job.name, attempts, null, { db })
}

const ending = ({ record: _, ...rest }: Outcome<Tx>) => rest

const note = (outcome: Outcome<Tx>) => ('failed' in outcome ? outcome.failed : '')

/** Moves a job that has just become a retry; one that has no attempt left is not there to be moved. */
async function postpone(boss: PgBoss, tx: Tx, { name, id }: Job, delayMs: number): Promise<void> {
  await boss.update(name, undefined, { id, startAfter: new Date(Date.now() + delayMs), db: fromKysely(tx) })
}

/** The same job, later, with the attempts it has left. */
async function sendLater(boss: PgBoss, tx: Tx, job: Job, snoozeMs: number): Promise<void> {
  await boss.send(job.name, job.data, {
    db: fromKysely(tx),
    startAfter: new Date(Date.now() + snoozeMs),
    priority: job.priority,
    retryLimit: Math.max(0, job.retryLimit - job.retryCount),
    ...(job.singletonKey ? { singletonKey: job.singletonKey } : {}),
    ...(job.groupId ? { group: { id: job.groupId } } : {}),
  })
}

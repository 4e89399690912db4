import { isCollision, isDatabaseAway, type Database } from '../database.ts'
import type { Log } from '../log.ts'
import { endingOf, writeEndings, type Abandoned, type Ending, type Verdict } from './endings.ts'
import { jobFields, type JobRow } from './job-row.ts'
import type { Outage } from './outage.ts'

interface Settling {
  readonly job: JobRow
  readonly ending: Ending
  readonly settled: () => void
}

/** Settles jobs together with what they record. */
export interface Settler {
  /**
   * Resolves when the ending is committed, or when it is certain that it is not ours to write. While the database is
   * away it is kept and tried again.
   */
  (job: JobRow, verdict: Verdict): Promise<void>
  /** Resolves when nothing is being settled. */
  idle(): Promise<void>
}

interface Means {
  readonly database: Database
  readonly log: Log
  readonly outage: Outage
  readonly abandoned: Abandoned
}

/** More in one transaction would hold its rows' locks for too long. */
const mostAtOnce = 128

/**
 * Group commit: outcomes that arrive while one transaction is being written go into the next together, so that a
 * busy worker pays for one sync of the disk for many jobs, and an idle one waits for nobody.
 */
export function settler(means: Means): Settler {
  let waiting: Settling[] = []
  let writing: Promise<void> | null = null
  const write = async () => {
    while (waiting.length > 0) {
      const together = differing(waiting)
      const taken = new Set(together)
      waiting = waiting.filter((one) => !taken.has(one))
      await settleAll(means, together)
      for (const one of together) one.settled()
    }
    writing = null
  }
  const settle = (job: JobRow, verdict: Verdict) =>
    new Promise<void>((settled) => {
      waiting.push({ job, ending: endingOf(job, verdict, means.abandoned), settled })
      writing ??= Promise.resolve().then(write)
    })
  return Object.assign(settle, { idle: async () => (await writing) ?? undefined })
}

/** The first so many, of equal jobs only the first: two of them cannot go back to one place in one statement. */
function differing(waiting: readonly Settling[]): readonly Settling[] {
  const places = new Map<string, Settling>()
  for (const one of waiting) {
    const place = `${one.job.kind} ${one.job.key}`
    if (!places.has(place)) places.set(place, one)
    if (places.size === mostAtOnce) break
  }
  return [...places.values()]
}

async function settleAll(means: Means, all: readonly Settling[]): Promise<void> {
  try {
    await persistently(means, () =>
      settleTogether(
        means.database,
        all.map(({ ending }) => ending),
      ),
    )
  } catch {
    // One outcome's record failed, and nobody can say whose: each on its own, so that it fails alone.
    for (const one of all) await settleAlone(means, one)
  }
}

async function settleAlone(means: Means, { job, ending }: Settling): Promise<void> {
  const write = (another: Ending) => persistently(means, () => settleTogether(means.database, [another]))
  const instead = (verdict: Verdict) => write(endingOf(job, verdict, means.abandoned))
  try {
    await write(ending)
  } catch (threw) {
    means.log.warn({ err: threw, ...jobFields(job) }, 'an outcome could not be recorded')
    await instead({ threw })
      .catch(() => instead({ handBackInMs: 60_000 }))
      .catch((err: unknown) => means.log.error({ err, ...jobFields(job) }, 'a job could not be settled'))
  }
}

/** Again when the database is back, and when another transaction came between. */
async function persistently(means: Means, write: () => Promise<void>): Promise<void> {
  for (let tries = 0; ;) {
    try {
      return await write()
    } catch (cause) {
      if (isDatabaseAway(cause)) await means.outage.over(cause)
      else if (!isCollision(cause) || ++tries === 5) throw cause
    }
  }
}

/** All of them, and what they record, in one transaction; of those that are no longer ours, nothing. */
export function settleTogether(database: Database, endings: readonly Ending[]): Promise<void> {
  return database.db.transaction().execute(async (tx) => {
    const ours = await writeEndings(tx, endings)
    // Side by side, so that rooms can write alike things with one statement; the connection keeps them in order.
    const records = endings.filter(({ job }) => ours.has(job.id)).map(async ({ record }) => record?.(tx))
    // All are waited for, also after one has failed: what they still write must not come after our rollback.
    const failures = (await Promise.allSettled(records)).filter((one) => one.status === 'rejected')
    if (failures.length > 0) throw causeOf(failures.map(({ reason }) => reason as unknown))
  })
}

/** What one record met, all others of its transaction hear of as "current transaction is aborted". */
function causeOf(failures: readonly unknown[]): unknown {
  const isEcho = (cause: unknown) => (cause as { readonly code?: string }).code === '25P02'
  const passing = failures.find((cause) => isDatabaseAway(cause) || isCollision(cause))
  return passing ?? failures.find((cause) => !isEcho(cause)) ?? failures[0]
}

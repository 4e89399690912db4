import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { isDatabaseAway, type Db } from '../database.ts'
import { asMagpieError } from '../errors.ts'
import type { Log } from '../log.ts'

const firstWaitMs = 100
const mostWaitMs = 5_000

/** What is done while the database is away: one asks for all, ever more rarely, and it is said once. */
export interface Outage {
  /** Resolves when the database answers again. Throws the cause if it is something else, or the queue is closed. */
  over(cause: unknown): Promise<void>
  /** Tells of trouble that nobody waits for. */
  heard(cause: unknown): void
}

export function watchOutages(db: Db, log: Log, closing: AbortSignal): Outage {
  let passing: Promise<void> | null = null
  let waitMs = firstWaitMs
  let calmFromMs = 0
  const probe = async () => {
    const since = performance.now()
    // A server that answers, but has no room to write, is away as well: it is the same trouble if it comes at once again.
    const isAnother = since > calmFromMs
    if (isAnother) waitMs = firstWaitMs
    do {
      await sleep(waitMs, undefined, { signal: closing })
      waitMs = Math.min(waitMs * 2, mostWaitMs)
    } while (!(await answers(db)))
    calmFromMs = performance.now() + 2 * mostWaitMs
    passing = null
    if (isAnother) log.info({ awayMs: Math.round(performance.now() - since) }, 'the database is back')
  }
  const pass = (cause: unknown) => {
    if (!passing && performance.now() > calmFromMs)
      log.warn(
        { why: asMagpieError(cause).message },
        'the database is away; the work goes on when it is back',
      )
    return (passing ??= probe())
  }
  return {
    async over(cause) {
      if (!isDatabaseAway(cause)) throw cause
      await pass(cause).catch(() => Promise.reject(cause as Error))
    },
    heard(cause) {
      if (closing.aborted) return
      if (isDatabaseAway(cause)) pass(cause).catch(() => undefined)
      else log.warn({ err: cause }, 'the queue had trouble')
    },
  }
}

const answers = (db: Db) =>
  sql`select 1`.execute(db).then(
    () => true,
    () => false,
  )

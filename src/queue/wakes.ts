import { sql } from 'kysely'
import type { PgBoss } from 'pg-boss'
import type { Database, Tx } from '../database.ts'
import type { Log } from '../log.ts'
import type { Outage } from './outage.ts'

export const channel = 'magpie_jobs'

/** What is said on the channel: that jobs of a kind have come, or that a job is to be stopped. */
export const tellToStop = async (tx: Tx, ids: readonly string[]): Promise<void> => {
  if (ids.length === 0) return
  await sql`select pg_notify(${channel}, 'stop ' || id) from unnest(${ids}::text[]) id`.execute(tx)
}

export const announce = async (tx: Tx, kinds: Iterable<string>): Promise<void> => {
  await sql`select pg_notify(${channel}, kind) from unnest(${[...new Set(kinds)]}::text[]) kind`.execute(tx)
}

/** Whoever works, and is told what concerns it. */
export interface Hearer {
  /** Jobs of this kind have come. */
  wake(kind: string): void
  /** Some may have come, and orders to stop as well: nobody listened until now. */
  wakeAll(): void
  stop(id: string): void
}

interface Means {
  readonly boss: PgBoss
  readonly database: Database
  readonly outage: Outage
  readonly log: Log
}

/**
 * Listens until it is ended. On a server pg-boss keeps the connection, checks it every ten seconds and makes another
 * when it is lost; then everybody is woken, as something may have been missed. Who cannot listen looks by himself.
 */
export function keepListening({ boss, database, outage, log }: Means, hearer: Hearer): () => Promise<void> {
  let isEnded = false
  const begin = async () => {
    while (!isEnded) {
      try {
        const ending = await listen(boss, database, hearer)
        hearer.wakeAll()
        return ending
      } catch (cause) {
        const isOver = await outage.over(cause).then(
          () => true,
          () => false,
        )
        if (!isOver) return void log.warn({ err: cause }, 'new jobs are not heard of, only looked for')
      }
    }
  }
  const listening = begin()
  return async () => {
    isEnded = true
    await (
      await listening
    )?.()
  }
}

async function listen(boss: PgBoss, { place }: Database, hearer: Hearer): Promise<() => Promise<void>> {
  const hear = (said: string) =>
    said.startsWith('stop ') ? hearer.stop(said.slice('stop '.length)) : hearer.wake(said)
  if (place.kind === 'embedded') return place.pool.listen(channel, hear)
  const listening = await boss.getDb().listen?.(channel, hear, () => hearer.wakeAll())
  return async () => listening?.close()
}

import { sql } from 'kysely'
import type { PgBoss } from 'pg-boss'
import type { Database, Tx } from '../database.ts'

const channel = 'magpie_jobs'

/** Tells all processes, once the transaction commits, that jobs of a kind have come. */
export const announceJobs = (tx: Tx, kind: string) => sql`select pg_notify(${channel}, ${kind})`.execute(tx)

/** Whoever is told that jobs of a kind have come. */
export interface Wakes {
  on(kind: string, wake: () => void): void
  close(): Promise<void>
}

/** Listens for such announcements; after a lost connection everybody is woken, as some may have been missed. */
export async function listenForWork(boss: PgBoss, database: Database): Promise<Wakes> {
  const waiting = new Map<string, () => void>()
  const wakeAll = () => waiting.forEach((wake) => wake())
  const { place } = database
  const unlisten =
    place.kind === 'embedded'
      ? await place.pool.listen(channel, (kind) => waiting.get(kind)?.())
      : await boss
          .getDb()
          .listen?.(channel, (kind) => waiting.get(kind)?.(), wakeAll)
          .then((handle) => () => handle.close())
  return {
    on: (kind, wake) => void waiting.set(kind, wake),
    close: async () => unlisten?.(),
  }
}

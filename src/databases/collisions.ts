import { setTimeout as sleep } from 'node:timers/promises'
import type { Kysely, Transaction } from 'kysely'

/** A serialization failure, a deadlock, or an equal job that was enqueued in the same moment. */
export function isCollision(cause: unknown): boolean {
  const { code, schema } = cause as { readonly code?: string; readonly schema?: string }
  return code === '40001' || code === '40P01' || (code === '23505' && schema === 'pgboss')
}

const mostTries = 5
const longestWaitMs = 50

/** Does all in one transaction, and all of it again when another transaction came between: nobody has done wrong. */
export async function inTransaction<Tables, T>(
  db: Kysely<Tables>,
  go: (tx: Transaction<Tables>) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await db.transaction().execute(go)
    } catch (cause) {
      if (!isCollision(cause) || tries === mostTries) throw cause
      await sleep(Math.random() * longestWaitMs)
    }
  }
}

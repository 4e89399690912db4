import type { Database } from '../database.ts'
import { oldestTransaction } from '../databases/oldest-transaction.ts'
import type { Log } from '../log.ts'

const lookEveryMs = 60_000
const longSeconds = 300

/**
 * Warns, once for each time, of transactions that stay open for longer than five minutes: what has been deleted or
 * changed since they began stays on disk, and claims get slower with each job.
 */
export function watchOldTransactions({ db, place }: Database, log: Log): () => Promise<void> {
  let lookedMs = -Infinity
  let wasThere = false
  return async () => {
    if (place.kind === 'embedded' || performance.now() - lookedMs < lookEveryMs) return
    lookedMs = performance.now()
    const oldest = await oldestTransaction(db)
    const isOld = oldest !== null && oldest.openSeconds > longSeconds
    if (isOld && !wasThere)
      log.warn(
        oldest,
        'a transaction has been open for long: until it ends, the work gets slower with each job',
      )
    wasThere = isOld
  }
}

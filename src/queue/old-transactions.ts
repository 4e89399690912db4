import { sql } from 'kysely'
import type { Database } from '../database.ts'
import type { Log } from '../log.ts'

const lookEveryMs = 60_000

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
    const { rows } = await sql<{ pid: number; application: string; openMinutes: number }>`
      select pid, application_name as application,
        floor(extract(epoch from now() - xact_start) / 60)::int as "openMinutes"
      from pg_stat_activity where datname = current_database() and backend_type = 'client backend'
        and xact_start < now() - interval '5 minutes' order by xact_start limit 1`.execute(db)
    const oldest = rows[0]
    if (oldest && !wasThere)
      log.warn(
        oldest,
        'a transaction has been open for long: until it ends, the work gets slower with each job',
      )
    wasThere = oldest !== undefined
  }
}

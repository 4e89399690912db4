import { sql, type Kysely } from 'kysely'

/** A transaction that is open, and whose it is. */
export interface OpenTransaction {
  readonly pid: number
  readonly application: string
  readonly openSeconds: number
}

/**
 * The transaction of this database that has been open longest; null when none is. While it lasts, what has been
 * deleted or changed since it began stays on disk. Of a server only: the embedded database has one connection.
 */
export async function oldestTransaction<T>(db: Kysely<T>): Promise<OpenTransaction | null> {
  const { rows } = await sql<OpenTransaction>`
    select pid, application_name as application, extract(epoch from now() - xact_start)::float8 as "openSeconds"
    from pg_stat_activity where datname = current_database() and backend_type = 'client backend'
      and pid <> pg_backend_pid() and xact_start is not null order by xact_start limit 1`.execute(db)
  return rows[0] ?? null
}

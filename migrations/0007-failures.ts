import { sql, type Kysely } from 'kysely'

/** What failed, and what is held but whose source failed, is found by its age without reading what is well. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const statements = [
  `drop index images_failed`,
  `create index images_failed on images (failed_at, id) where state in ('failed', 'stale') and failed_at is not null`,
]

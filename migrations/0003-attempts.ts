import { sql, type Kysely } from 'kysely'

/** An image that failed may be tried again by itself, and says when; and what its source says of its use. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const statements = [
  `alter table images add column next_attempt_at timestamptz`,
  `alter table images add column signals jsonb`,
  `create index items_by_id on items (catalog, id) where status = 'active'`,
]

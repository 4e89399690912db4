import { sql, type Kysely } from 'kysely'

/** Addresses that are being fetched, from before the request until what came of it is committed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Unlogged: after a crash of the database nobody fetches any more, so nothing is to be remembered.
  await sql`
    create unlogged table fetches (
      url_digest text primary key,
      holder uuid not null,
      until timestamptz not null
    )`.execute(db)
}

import { sql, type Kysely } from 'kysely'

/** What one catalogue fetched is another's only if it would have asked in the same way. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const statements = [
  // Of what was fetched before nobody knows, so it is nobody else's.
  `alter table images add column terms text`,
  `drop index images_twins`,
  `create index images_twins on images (normal_url_digest, terms, fetched_at desc) where state = 'ready'`,
  // It holds only what is under way.
  `drop table fetches`,
  `create unlogged table fetches (
    url_digest text not null,
    terms text not null,
    holder uuid not null,
    until timestamptz not null,
    primary key (url_digest, terms)
  )`,
]

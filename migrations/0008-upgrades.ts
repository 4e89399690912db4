import { sql, type Kysely } from 'kysely'

/** Where larger versions of a picture were guessed to be, what hosts taught of that, and which URL gave an image its bytes. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const statements = [
  `create table upgrades (
    host text not null,
    rule text not null,
    proved integer not null default 0,
    refused integer not null default 0,
    refused_at timestamptz,
    updated_at timestamptz not null default now(),
    primary key (host, rule)
  )`,
  // Null: its own URL.
  `alter table images add column fetched_url text`,
]

import { sql, type Kysely } from 'kysely'

/** One address can be that of very many images, as a placeholder is: the latest of them is found without reading all. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const statements = [
  `create index images_twins on images (normal_url_digest, fetched_at desc) where state = 'ready'`,
  `drop index images_by_url`,
]

import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Db } from '../../src/database.ts'
import type { BlobStore } from '../../src/storage/blob-store.ts'

/** What is wrong in tables and store, each as a line to read; all empty when all is well. */
export interface Findings {
  /** Images that still have somewhere to go, and no job that takes them there. */
  readonly lost: readonly string[]
  /** What is there more often than once: images of an item, heroes, ranks, jobs that wait, originals in the store. */
  readonly twice: readonly string[]
  /** Rows whose blob is missing, or has other bytes than the row says. */
  readonly wrong: readonly string[]
  /** Assets that no image shows, and blobs that no row names. */
  readonly orphans: readonly string[]
}

export const allWell: Findings = { lost: [], twice: [], wrong: [], orphans: [] }

/** Asks the tables, and reads every blob of the store. */
export async function check(db: Db, store: BlobStore): Promise<Findings> {
  const wrong: string[] = []
  const named = new Set<string>()
  for (const { key, digest } of await blobRows(db)) {
    named.add(key)
    const bytes = await store.read(key).catch((cause: unknown) => cause as Error)
    if (bytes instanceof Error) wrong.push(`${key}: ${bytes.message}`)
    else if (digest !== null && digestOf(bytes) !== digest) wrong.push(`${key}: another digest`)
  }
  const lying = []
  for await (const { key } of store.keys!('')) lying.push(key)
  return {
    lost: await lines(db, lost),
    twice: [...(await lines(db, twice)), ...storedTwice(lying)],
    wrong,
    orphans: [
      ...(await lines(db, unshown)),
      ...lying.filter((key) => !named.has(key)).map((key) => `blob ${key}`),
    ],
  }
}

const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

async function lines(db: Db, query: string): Promise<readonly string[]> {
  return (await sql.raw<{ line: string }>(query).execute(db)).rows.map(({ line }) => line)
}

async function blobRows(db: Db): Promise<readonly { key: string; digest: string | null }[]> {
  const query = sql<{ key: string; digest: string | null }>`
    select key, id as digest from assets union all select key, null from variants`
  return (await query.execute(db)).rows
}

/** One digest under two names. */
function storedTwice(keys: readonly string[]): readonly string[] {
  const byDigest = Map.groupBy(
    keys.filter((key) => key.startsWith('originals/')),
    (key) => key.replace(/\.[^.]*$/, ''),
  )
  return [...byDigest.values()].filter((same) => same.length > 1).map((same) => `stored: ${same.join(' ')}`)
}

const lost = `
  select 'image ' || i.id || ' is ' || i.state as line from images i
  where i.state in ('pending', 'stale') and not exists (
    select from pgboss.job j where j.name = 'ingest-image' and j.state in ('created', 'retry', 'active')
      and j.data->>'imageId' = i.id::text)
  union all
  select 'item ' || t.id || ' is not arranged' from items t
  where exists (select from images i where i.item_id = t.id and i.state = 'ready' and i.rank is null)
    and not exists (select from images i where i.item_id = t.id and i.state in ('pending', 'stale'))
    and not exists (select from pgboss.job j where j.name = 'arrange-item' and j.state in ('created', 'retry', 'active')
      and j.data->>'itemId' = t.id::text)`

const twice = `
  select 'image ' || item_id || ' ' || min(url) as line from images
  group by item_id, normal_url_digest having count(*) > 1
  union all
  select 'hero of ' || item_id from images where hero group by item_id having count(*) > 1
  union all
  select 'rank ' || rank || ' of ' || item_id from images where rank is not null group by item_id, rank
  having count(*) > 1
  union all
  select 'job ' || name || ' ' || data from pgboss.job where state in ('created', 'retry', 'active')
  group by name, data having count(*) > 1`

const unshown = `
  select 'asset ' || a.id as line from assets a where not exists (select from images i where i.asset_id = a.id)`

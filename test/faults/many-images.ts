import path from 'node:path'
import { sql } from 'kysely'
import type { CatalogChanges } from '../../src/catalog/catalog.ts'
import { openDatabase, type Database, type Db } from '../../src/database.ts'
import type { Magpie } from '../../src/jobs/magpie.ts'
import type { BlobStore } from '../../src/storage/blob-store.ts'
import { guarded } from '../../src/storage/guard.ts'
import { diskStore } from '../../src/storage/stores/disk.ts'
import { openS3Store } from '../../src/storage/stores/s3.ts'
import { silent, until, type Place } from '../given.ts'
import { pageOf, type Origin } from './origin.ts'

/** Everything is kept, as fast as it comes: the origin is ours. */
export const catalogOfAll = {
  keep: { maxImages: 1_000, minScore: 0, min: { width: 1, height: 1 } },
  policy: { hostConcurrency: 64, hostDelayMs: 0 },
} satisfies CatalogChanges

/** Saves items with so many of an origin's pictures, numbered from `from`, each with its job; nothing is fetched. */
export async function saveItems(
  magpie: Pick<Magpie, 'catalogs' | 'scrape' | 'saveCatalog'>,
  origin: Pick<Origin, 'url'>,
  of: {
    readonly images: number
    readonly perItem?: number
    readonly from?: number
    readonly catalog?: string
    readonly settings?: CatalogChanges
  },
): Promise<void> {
  const { from = 1, perItem = 20, catalog = 'many' } = of
  await magpie.saveCatalog(catalog, { ...catalogOfAll, ...of.settings })
  for (let first = from; first < from + of.images; first += perItem) {
    const numbers = Array.from({ length: Math.min(perItem, from + of.images - first) }, (_, at) => first + at)
    const page = pageOf(origin, numbers)
    await magpie.scrape({ url: `${origin.url}/items/${first}`, page, catalog })
  }
}

/** The tables and the store of a place, to look at from outside. */
export interface Look {
  readonly db: Db
  readonly store: BlobStore
  close(): Promise<void>
}

/** On the embedded database only while no other process has it. */
export async function lookInto(place: Place): Promise<Look> {
  const database: Database = await openDatabase(place.config, place.folder, silent)
  return { db: database.db, store: await storeOf(place), close: () => database.close() }
}

async function storeOf({ config, folder }: Place): Promise<BlobStore> {
  if (config.STORE === 's3') return guarded(await openS3Store(config, async () => Promise.resolve(false)))
  return diskStore({ root: config.STORE_DISK_ROOT ?? path.join(folder, 'blobs') })
}

/** Works in this process until no job is left open. */
export async function finish(magpie: Pick<Magpie, 'work' | 'queue'>, atMostMs = 40_000): Promise<void> {
  const ending = new AbortController()
  const working = magpie.work(ending.signal)
  const isDone = async () =>
    (await magpie.queue.counts()).every(({ state }) => !['created', 'retry', 'active'].includes(state))
  await until(isDone, atMostMs).finally(() => ending.abort())
  await working
}

/** How many images are in each state. */
export async function states(db: Db): Promise<Readonly<Record<string, number>>> {
  const { rows } = await sql<{ state: string; count: number }>`
    select state, count(*) as count from images group by state`.execute(db)
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]))
}

/** Jobs that have not come to an end. */
export async function openJobs(db: Db): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from pgboss.job where state in ('created', 'retry', 'active')`.execute(db)
  return rows[0]!.count
}

export interface Spent {
  /** Attempts that failed. */
  readonly attempts: number
  /** Workers that were lost while they ran one. */
  readonly crashes: number
  /** Those that lie dead. */
  readonly dead: number
  /** What went wrong, each once. */
  readonly errors: readonly string[]
}

export const nothingSpent: Spent = { attempts: 0, crashes: 0, dead: 0, errors: [] }

/** What all jobs together have spent. */
export async function spent(db: Db): Promise<Spent> {
  const { rows } = await sql<Spent>`
    select coalesce(sum((output->>'attempts')::int), 0)::int as attempts,
      coalesce(sum((output->>'crashes')::int), 0)::int as crashes,
      (count(*) filter (where state = 'failed'))::int as dead,
      (select coalesce(json_agg(distinct e->>'code' || ': ' || (e->>'message')), '[]')
        from pgboss.job f, jsonb_array_elements(f.output->'errors') e) as errors
    from pgboss.job where name not like '\\_\\_%'`.execute(db)
  return rows[0]!
}

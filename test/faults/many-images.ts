import path from 'node:path'
import { sql } from 'kysely'
import type { CatalogChanges } from '../../src/catalog/catalog.ts'
import { openDatabase, type Database, type Db } from '../../src/database.ts'
import { openMagpie } from '../../src/main.ts'
import type { Magpie } from '../../src/jobs/magpie.ts'
import type { BlobStore } from '../../src/storage/blob-store.ts'
import { diskStore } from '../../src/storage/stores/disk.ts'
import { silent, until, type Place } from '../given.ts'
import { pageOf, type Origin } from './origin.ts'

/** Everything is kept, as fast as it comes: the origin is ours. */
export const catalogOfAll: CatalogChanges = {
  keep: { maxImages: 1_000, minScore: 0, min: { width: 1, height: 1 } },
  policy: { hostConcurrency: 64, hostDelayMs: 0 },
}

/** Saves items with so many of an origin's pictures, numbered from `from`, each with its job; nothing is fetched. */
export async function saveItems(
  magpie: Pick<Magpie, 'catalogs' | 'scrape' | 'saveCatalog'>,
  origin: Pick<Origin, 'url'>,
  of: {
    readonly images: number
    readonly perItem?: number
    readonly from?: number
    readonly settings?: CatalogChanges
  },
): Promise<void> {
  await magpie.saveCatalog('many', { ...catalogOfAll, ...of.settings })
  const { from = 1, perItem = 20 } = of
  for (let first = from; first < from + of.images; first += perItem) {
    const numbers = Array.from({ length: Math.min(perItem, from + of.images - first) }, (_, at) => first + at)
    const page = pageOf(origin, numbers)
    await magpie.scrape({ url: `${origin.url}/items/${first}`, page, catalog: 'many' })
  }
}

/** The same, with a Magpie opened for it alone. */
export async function seeded(place: Place, ...[origin, of]: Tail<Parameters<typeof saveItems>>) {
  const magpie = await openMagpie(place.config, silent)
  try {
    await saveItems(magpie, origin, of)
  } finally {
    await magpie.close()
  }
}
type Tail<T extends readonly unknown[]> = T extends [unknown, ...infer Rest] ? Rest : never

/** The tables and the store of a place, to look at from outside. */
export interface Look {
  readonly db: Db
  readonly store: BlobStore
  close(): Promise<void>
}

/** On the embedded database only while no other process has it. */
export async function lookInto(place: Place): Promise<Look> {
  const database: Database = await openDatabase(place.config, place.folder, silent)
  const root = place.config.STORE_DISK_ROOT ?? path.join(place.folder, 'blobs')
  return { db: database.db, store: diskStore({ root }), close: () => database.close() }
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

/** What jobs have spent: attempts that failed, workers that were lost while they ran; and those that lie dead. */
export async function spent(db: Db): Promise<{ attempts: number; crashes: number; dead: number }> {
  const { rows } = await sql<{ attempts: number; crashes: number; dead: number }>`
    select coalesce(sum((output->>'attempts')::int), 0)::int as attempts,
      coalesce(sum((output->>'crashes')::int), 0)::int as crashes,
      (count(*) filter (where state = 'failed'))::int as dead
    from pgboss.job where name not like '\\_\\_%'`.execute(db)
  return rows[0]!
}

import { sql } from 'kysely'
import type { Db, Tx } from '../database.ts'
import type { BlobRef } from '../storage/blob-store.ts'
import { blobFromRow } from './assets.ts'
import type { AssetId } from './ids.ts'

/** What nothing names any more, and since long enough. */
export interface Orphans {
  /** Removes images that have been gone for the grace period, or counts them. */
  removeGone(graceMs: number, dryRun: boolean): Promise<number>
  /**
   * Assets that no image names but such as `removeGone` takes, and that no ingest has touched within the grace period,
   * a page at a time by id.
   */
  assets(graceMs: number, after: AssetId | null, limit: number): Promise<readonly OrphanAsset[]>
  countAssets(): Promise<number>
  /** Whether any asset lies in that store. */
  haveAssets(store: string): Promise<boolean>
  /**
   * Deletes the asset's row, if it still is an orphan, and runs `withBlobs` on its blobs before the deletion commits:
   * an ingest of the same bytes waits at the row's lock, and puts them again once it is gone.
   */
  removeAsset(
    id: AssetId,
    graceMs: number,
    withBlobs: (blobs: readonly BlobRef[]) => Promise<void>,
  ): Promise<boolean>
  /** Those of the keys in a store that some row names. */
  named(store: string, keys: readonly string[]): Promise<ReadonlySet<string>>
}

export interface OrphanAsset {
  readonly id: AssetId
  readonly byteSize: number
}

export function openOrphans(db: Db): Orphans {
  return {
    removeGone: (graceMs, dryRun) => removeGone(db, graceMs, dryRun),
    async assets(graceMs, after, limit) {
      const rows = await untouched(db, graceMs)
        .where(({ not, exists }) => not(exists(naming(db).where(not(longGone(graceMs))))))
        .where('id', '>', after ?? '')
        .orderBy('id')
        .limit(limit)
        .execute()
      return rows.map(({ id, byte_size }) => ({ id: id as AssetId, byteSize: byte_size }))
    },
    async countAssets() {
      const { count } = await db
        .selectFrom('assets')
        .select(sql<number>`count(*)`.as('count'))
        .executeTakeFirstOrThrow()
      return count
    },
    async haveAssets(store) {
      const one = await db.selectFrom('assets').select('id').where('store', '=', store).limit(1).execute()
      return one.length > 0
    },
    removeAsset: (id, graceMs, withBlobs) =>
      db.transaction().execute((tx) => removeAsset(tx, id, graceMs, withBlobs)),
    named: (store, keys) => named(db, store, keys),
  }
}

const untouched = (db: Db, graceMs: number) =>
  db
    .selectFrom('assets')
    .select(['id', 'byte_size'])
    .where('touched_at', '<=', sql<Date>`now() - ${graceMs} * interval '1 ms'`)

/** The images that name the asset which a query is looking at. */
const naming = (db: Db) =>
  db
    .selectFrom('images')
    .select('images.id')
    .where(sql<boolean>`images.asset_id = assets.id`)

const longGone = (graceMs: number) =>
  sql<boolean>`(images.state = 'gone' and images.gone_since <= now() - ${graceMs} * interval '1 ms')`

async function removeGone(db: Db, graceMs: number, dryRun: boolean): Promise<number> {
  const gone = dryRun
    ? await db.selectFrom('images').select('id').where(longGone(graceMs)).execute()
    : await db.deleteFrom('images').where(longGone(graceMs)).returning('id').execute()
  return gone.length
}

async function removeAsset(
  tx: Tx,
  id: AssetId,
  graceMs: number,
  withBlobs: (blobs: readonly BlobRef[]) => Promise<void>,
): Promise<boolean> {
  const variants = await tx.selectFrom('variants').selectAll().where('asset_id', '=', id).execute()
  const removed = await tx
    .deleteFrom('assets')
    .where('id', '=', id)
    .where('id', 'in', untouched(tx, graceMs).clearSelect().select('id'))
    .where(({ not, exists }) => not(exists(naming(tx))))
    .returningAll()
    .executeTakeFirst()
  if (!removed) return false
  await withBlobs([...variants, removed].map(blobFromRow))
  return true
}

async function named(db: Db, store: string, keys: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('assets')
    .select('key')
    .where('store', '=', store)
    .where('key', 'in', keys)
    .union(db.selectFrom('variants').select('key').where('store', '=', store).where('key', 'in', keys))
    .execute()
  return new Set(rows.map(({ key }) => key))
}

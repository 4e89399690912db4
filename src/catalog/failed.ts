import { sql } from 'kysely'
import type { Db, Tx } from '../database.ts'
import type { ErrorCode } from '../errors.ts'
import type { ImageId, ItemId } from './ids.ts'
import { askedAgain } from './image-states.ts'
import type { Due } from './images.ts'
import { noState } from './image-row.ts'

/** Failures to be tried again: those that are oldest first, up to a limit. */
export interface FailedSelection {
  readonly catalog: string
  readonly code?: ErrorCode
  readonly limit: number
}

/** What a catalogue could not have, to be asked for anew. */
export interface FailedThings {
  /** Failed images become pending, held ones whose last asking failed are asked about again. */
  reopenImages(tx: Tx, which: FailedSelection): Promise<readonly (Due & { readonly itemId: ItemId })[]>
  /** The same with these images, those of them that failed. */
  reopen(tx: Tx, ids: readonly ImageId[]): Promise<void>
  /** Items whose sources could not be read. */
  unreadItems(which: FailedSelection): Promise<readonly ItemId[]>
  /** How many of both there are, up to the limit. */
  count(which: FailedSelection): Promise<{ readonly images: number; readonly items: number }>
}

export function openFailed(db: Db): FailedThings {
  return {
    async reopenImages(tx, which) {
      const due = await failedImages(tx, which).forUpdate('images').skipLocked().execute()
      const ids = due.map(({ id }) => id as ImageId)
      await reopen(tx, ids)
      return due.map(({ id, url, item_id }) => ({ id: id as ImageId, url, itemId: item_id as ItemId }))
    },
    reopen,
    async unreadItems(which) {
      return (await unreadItems(db, which).execute()).map(({ id }) => id as ItemId)
    },
    async count(which) {
      const [images, items] = [
        await failedImages(db, which).execute(),
        await unreadItems(db, which).execute(),
      ]
      return { images: images.length, items: items.length }
    },
  }
}

const reopen: FailedThings['reopen'] = async (tx, ids) => {
  const failed = tx
    .updateTable('images')
    .where(sql<boolean>`id = any(${ids}::uuid[])`)
    .where('failed_at', 'is not', null)
  await failed.set(askedAgain).where('state', '=', 'stale').execute()
  await failed
    .set({ ...noState, state: 'pending' })
    .where('state', '=', 'failed')
    .execute()
}

const failedImages = (db: Db, { catalog, code, limit }: FailedSelection) =>
  db
    .selectFrom('images')
    .innerJoin('items', 'items.id', 'images.item_id')
    .select(['images.id', 'images.url', 'images.state', 'images.item_id'])
    .where('items.catalog', '=', catalog)
    .where('images.state', 'in', ['failed', 'stale'])
    .where('images.failed_at', 'is not', null)
    .$if(code !== undefined, (query) => query.where('images.code', '=', code!))
    .orderBy('images.failed_at')
    .orderBy('images.id')
    .limit(limit)

const unreadItems = (db: Db, { catalog, code, limit }: FailedSelection) =>
  db
    .selectFrom('items')
    .select('id')
    .where('catalog', '=', catalog)
    .where('failure', 'is not', null)
    .$if(code !== undefined, (query) => query.where(sql<string>`failure ->> 'code'`, '=', code!))
    .orderBy(sql`failure ->> 'at'`)
    .orderBy('id')
    .limit(limit)

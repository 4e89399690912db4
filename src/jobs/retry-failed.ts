import type { Catalogs } from '../catalog/catalogs.ts'
import type { FailedSelection, FailedThings } from '../catalog/failed.ts'
import type { ItemId } from '../catalog/ids.ts'
import { inTransaction, type Db } from '../database.ts'
import { enqueueDue } from './enqueue-due.ts'
import type { Queue } from './jobs.ts'

interface Deps {
  readonly db: Db
  readonly catalogs: Pick<Catalogs, 'get'>
  readonly failed: FailedThings
  readonly queue: Pick<Queue, 'enqueue'>
}

/** What is asked for again, or would be. */
export interface Retried {
  readonly images: number
  /** Items whose sources could not be read. */
  readonly items: number
  /** All items whose work goes on, to be followed; none in a dry run. */
  readonly itemIds: readonly ItemId[]
}

/**
 * Has what a catalogue could not have asked for again now, before ordinary work; dead letters of it come back with
 * their history. Throws `catalog_not_found`.
 */
export const retryFailed =
  ({ db, catalogs, failed, queue }: Deps) =>
  async ({ dryRun = false, ...which }: FailedSelection & { readonly dryRun?: boolean }): Promise<Retried> => {
    await catalogs.get(which.catalog)
    if (dryRun) return { ...(await failed.count(which)), itemIds: [] }
    const unread = await failed.unreadItems(which)
    return inTransaction(db, async (tx) => {
      const images = await failed.reopenImages(tx, which)
      await enqueueDue(queue, tx, images, 'listed')
      await queue.enqueue(
        'discover-item',
        unread.map((itemId) => ({ itemId })),
        { tx, priority: 'listed' },
      )
      const itemIds = [...new Set([...images.map(({ itemId }) => itemId), ...unread])]
      return { images: images.length, items: unread.length, itemIds }
    })
  }

import type { Catalogs } from '../catalog/catalogs.ts'
import type { ItemId } from '../catalog/ids.ts'
import type { Items } from '../catalog/items.ts'
import { MagpieError } from '../errors.ts'
import type { Queue } from './jobs.ts'

interface Deps {
  readonly catalogs: Pick<Catalogs, 'get'>
  readonly items: Pick<Items, 'find' | 'activeAfter' | 'countActive'>
  readonly queue: Pick<Queue, 'enqueue'>
}

/** What of a catalogue is read again: one item, the first so many, or all. */
export interface SyncSelection {
  readonly catalog: string
  readonly item?: ItemId
  readonly limit?: number
}

/** What is read again. */
export interface Synced {
  readonly items: number
  /** The items, to be followed; null for all of the catalogue. */
  readonly itemIds: readonly ItemId[] | null
}

/**
 * Phase one of a sync: the items' sources are to be read again.
 * Throws `catalog_not_found`, `item_not_found`.
 */
export const sync =
  ({ catalogs, items, queue }: Deps) =>
  async ({ catalog, item, limit }: SyncSelection): Promise<Synced> => {
    await catalogs.get(catalog)
    if (item !== undefined) {
      const found = await items.find(item)
      if (found?.item.catalog !== catalog) throw new MagpieError('item_not_found')
      await queue.enqueue('discover-item', { itemId: item }, { priority: 'listed' })
      return { items: 1, itemIds: [item] }
    }
    if (limit === undefined) {
      await queue.enqueue('sync-catalog', { catalog }, { priority: 'listed' })
      return { items: await items.countActive(catalog), itemIds: null }
    }
    const some = await items.activeAfter(catalog, null, limit)
    await queue.enqueue(
      'discover-item',
      some.map((itemId) => ({ itemId })),
      { priority: 'listed' },
    )
    return { items: some.length, itemIds: some }
  }

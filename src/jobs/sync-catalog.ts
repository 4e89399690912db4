import type { Items } from '../catalog/items.ts'
import type { Tx } from '../database.ts'
import type { Attempt, Outcome } from '../queue/job-queue.ts'
import type { Jobs, Queue } from './jobs.ts'

interface Deps {
  readonly items: Pick<Items, 'activeAfter'>
  readonly queue: Pick<Queue, 'enqueue'>
}

/** Items whose discoveries are enqueued in one transaction. */
const pageSize = 500

/**
 * Has every active item of a catalogue read again at its source. One page of items a job, and the job for the next
 * page with it, so that a catalogue of any size is gone through once, wherever a worker dies.
 */
export const syncCatalog =
  ({ items, queue }: Deps) =>
  async ({ catalog, after }: Jobs['sync-catalog'], _: Attempt): Promise<Outcome<Tx>> => {
    const page = await items.activeAfter(catalog, after ?? null, pageSize)
    const last = page.at(-1)
    return {
      done: true,
      async record(tx) {
        await queue.enqueue(
          'discover-item',
          page.map((itemId) => ({ itemId })),
          { tx },
        )
        if (last && page.length === pageSize)
          await queue.enqueue('sync-catalog', { catalog, after: last }, { tx })
      },
    }
  }

import type { Arrangeable, Arrangement } from '../assess/arrange.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { ItemId } from '../catalog/ids.ts'
import type { Items } from '../catalog/items.ts'
import type { Images, ShownImage } from '../catalog/images.ts'
import type { Tx } from '../database.ts'
import type { Attempt, Outcome } from '../queue/job-queue.ts'
import { enqueueDue } from './enqueue-due.ts'
import type { Queue } from './jobs.ts'

interface Deps {
  readonly items: Items
  readonly images: Images
  readonly arrange: (images: readonly Arrangeable[], catalog: Catalog) => readonly Arrangement[]
  readonly queue: Pick<Queue, 'enqueue'>
}

/**
 * Ranks an item's images, chooses its hero, sets near-duplicates and surplus aside. Read and written in one
 * transaction under the item's lock, so that it can be done again at any time and always decides on the whole.
 */
export const arrangeItem =
  (deps: Deps) =>
  async ({ itemId }: { itemId: ItemId }, _: Attempt): Promise<Outcome<Tx>> => {
    const found = await deps.items.find(itemId)
    if (!found) return { cancel: 'the item was removed' }
    return { done: true, record: (tx) => arrangeNow(deps, tx, itemId, found.catalog) }
  }

async function arrangeNow(
  { items, images, arrange, queue }: Deps,
  tx: Tx,
  itemId: ItemId,
  catalog: Catalog,
): Promise<void> {
  // The one that settles last enqueues the next arrangement.
  if (!(await images.settledNow(tx, itemId))) return
  const all = await images.ofItemIn(tx, itemId)
  const placements = arrange(all.flatMap(toArrangeable), catalog)
  await images.place(tx, itemId, placements)
  await items.recordArranged(tx, itemId)
  const kept = placements.filter(({ verdict }) => verdict.accepted).length
  const reserve = all.filter(isReserve).sort((a, b) => b.expected.score - a.expected.score)
  const called = reserve.slice(0, Math.max(0, catalog.keep.maxImages - kept))
  if (called.length === 0) return
  await images.promote(
    tx,
    called.map(({ id }) => id),
  )
  await enqueueDue(queue, tx, called)
}

function toArrangeable(image: ShownImage): Arrangeable[] {
  const { asset } = image
  const verdict =
    'verdict' in image ? (image.verdict.accepted ? image.verdict : image.verdict.otherwise) : undefined
  if (!asset || !verdict) return []
  const { id, position, declaredPrimary, url } = image
  return [{ id, position, declaredPrimary, url, verdict, facts: asset.facts }]
}

/** Refused as surplus before anything was fetched: the next best when some of the chosen fell out. */
const isReserve = (image: ShownImage) =>
  image.state === 'rejected' &&
  image.verdict.reason === 'surplus' &&
  image.assetId === null &&
  image.fetchedAt === null

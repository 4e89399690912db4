import type { Images } from '../catalog/images.ts'
import type { Items } from '../catalog/items.ts'
import type { Tx } from '../database.ts'
import type { Log } from '../log.ts'
import type { Handlers } from '../queue/job-queue.ts'
import { arrangeItem } from './arrange-item.ts'
import { discoverItem } from './discover-item.ts'
import { arrangeWhenSettled, ingestImage } from './ingest-image.ts'
import { wrapped, type Jobs } from './jobs.ts'

type Deps = Parameters<typeof discoverItem>[0] &
  Parameters<typeof ingestImage>[0] &
  Parameters<typeof arrangeItem>[0] & { readonly items: Items; readonly images: Images; readonly log: Log }

/** One handler for each kind of job, in the wrapper that gives failures their place. */
export function handlers(deps: Deps): Handlers<Jobs, Tx> {
  const { items, images, log } = deps
  return {
    'discover-item': wrapped(
      discoverItem(deps),
      (tx, { itemId }, { code, message }) => items.recordFailure(tx, itemId, { code, message }),
      log,
    ),
    'ingest-image': wrapped(
      ingestImage(deps),
      async (tx, { imageId }, { code, message }, stage) => {
        const itemId = await (code === 'source_gone'
          ? images.markGone(tx, imageId)
          : images.fail(tx, imageId, { stage, code, message }))
        if (itemId) await arrangeWhenSettled(deps, tx, itemId)
      },
      log,
    ),
    'arrange-item': wrapped(arrangeItem(deps), async () => undefined, log),
  }
}

import type { Images } from '../catalog/images.ts'
import type { Items } from '../catalog/items.ts'
import type { Tx } from '../database.ts'
import type { Log } from '../log.ts'
import type { Handlers, WorkTerms } from '../queue/job-queue.ts'
import { arrangeItem } from './arrange-item.ts'
import { discoverItem } from './discover-item.ts'
import { arrangeWhenSettled, ingestImage } from './ingest-image.ts'
import type { Jobs } from './jobs.ts'
import type { Pause } from './pause.ts'
import { syncCatalog } from './sync-catalog.ts'
import { abandoned, wrapped, type RecordFailure } from './wrapped.ts'

type Deps = Parameters<typeof discoverItem>[0] &
  Parameters<typeof ingestImage>[0] &
  Parameters<typeof arrangeItem>[0] &
  Parameters<typeof syncCatalog>[0] & {
    readonly items: Items
    readonly images: Images
    readonly log: Log
    readonly pause: Pause
    readonly ping: () => Promise<unknown>
  }

/** One handler for each kind of job, in the wrapper that gives failures their place. */
export function handlers(deps: Deps): Handlers<Jobs, Tx> {
  const nothing = async () => undefined
  const { discovery, ingest } = failures(deps)
  return {
    'sync-catalog': wrapped(syncCatalog(deps), nothing, deps),
    'discover-item': wrapped(discoverItem(deps), discovery, deps),
    'ingest-image': wrapped(ingestImage(deps), ingest, deps),
    'arrange-item': wrapped(arrangeItem(deps), nothing, deps),
  }
}

/** What the queue is told of this process: when it may claim, and what becomes of jobs that nobody can finish. */
export function workTerms(deps: Deps, drainMs: number): WorkTerms<Jobs, Tx> {
  const { discovery, ingest } = failures(deps)
  return {
    ready: deps.pause.ready,
    pausedBecause: deps.pause.because,
    drainMs,
    abandoned: { 'discover-item': abandoned(discovery), 'ingest-image': abandoned(ingest) },
  }
}

function failures(deps: Deps) {
  const { items, images } = deps
  const discovery: RecordFailure<Jobs['discover-item']> = (
    tx,
    { itemId },
    { code, message, nextAttemptInMs },
  ) => items.recordFailure(tx, itemId, { code, message, nextAttemptInMs })
  const ingest: RecordFailure<Jobs['ingest-image']> = async (tx, { imageId }, { isGone, ...failure }) => {
    const itemId = await (isGone ? images.markGone(tx, imageId) : images.fail(tx, imageId, failure))
    if (itemId) await arrangeWhenSettled(deps, tx, itemId)
  }
  return { discovery, ingest }
}

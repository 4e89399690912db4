import type { FailedThings } from '../catalog/failed.ts'
import type { ImageId, ItemId } from '../catalog/ids.ts'
import type { Images } from '../catalog/images.ts'
import type { Items } from '../catalog/items.ts'
import { inTransaction, type Db, type Tx } from '../database.ts'
import { codeOf } from '../errors.ts'
import type { Job, JobSelection } from '../queue/job-queue.ts'
import { arrangeWhenSettled } from './ingest-image.ts'
import type { Queue } from './jobs.ts'

interface Deps {
  readonly db: Db
  readonly items: Items
  readonly images: Images
  readonly failed: FailedThings
  readonly queue: Pick<Queue, 'enqueue' | 'retry' | 'cancel'>
}

/** Has jobs done now that are dead, cancelled or wait for later; what failed for them waits again, in the same transaction. */
export const retryJobs =
  ({ db, failed, queue }: Deps) =>
  (which: JobSelection): Promise<readonly Job[]> =>
    inTransaction(db, async (tx) => {
      const jobs = await queue.retry(which, { tx })
      await failed.reopen(tx, jobs.flatMap(imageOf))
      return jobs
    })

/**
 * Ends jobs by hand. What they were for has failed with `job_cancelled` in the same transaction, so that nothing waits
 * for a job that will not come.
 */
export const cancelJobs =
  (deps: Deps) =>
  (which: JobSelection): Promise<readonly Job[]> =>
    inTransaction(deps.db, async (tx) => {
      const jobs = await deps.queue.cancel(which, { tx })
      for (const job of jobs) await recordCancelled(deps, tx, job)
      return jobs
    })

async function recordCancelled(deps: Deps, tx: Tx, job: Job): Promise<void> {
  const failure = {
    ...({ code: 'job_cancelled', message: codeOf('job_cancelled').says } as const),
    nextAttemptInMs: null,
  }
  for (const itemId of itemOf(job)) await deps.items.recordFailure(tx, itemId, failure)
  for (const imageId of imageOf(job)) {
    const itemId = await deps.images.fail(tx, imageId, { ...failure, stage: 'fetch' })
    if (itemId) await arrangeWhenSettled(deps, tx, itemId)
  }
}

const imageOf = ({ kind, args }: Job) => (kind === 'ingest-image' ? [args['imageId'] as ImageId] : [])
const itemOf = ({ kind, args }: Job) => (kind === 'discover-item' ? [args['itemId'] as ItemId] : [])

import { isId, type ImageId, type ItemId } from '../catalog/ids.ts'
import type { ShownImage } from '../catalog/images.ts'
import type { FoundItem } from '../catalog/items.ts'
import { MagpieError } from '../errors.ts'
import type { Job, JobState } from '../queue/job-queue.ts'
import type { Magpie } from './magpie.ts'

/** What a job is about, as far as it is still there. */
export interface JobSubject {
  readonly image: (ShownImage & { readonly catalog: string }) | null
  readonly item: FoundItem | null
}

/** A job with what it is about. Throws `job_not_found`. */
export async function jobWithSubject(
  magpie: Pick<Magpie, 'queue' | 'images' | 'items'>,
  id: string,
): Promise<{ readonly job: Job } & JobSubject> {
  const job = await findJob(magpie, id)
  const { imageId, itemId } = job.args
  const image = typeof imageId === 'string' ? await magpie.images.find(imageId as ImageId) : null
  const ofItem = image?.itemId ?? (typeof itemId === 'string' ? (itemId as ItemId) : null)
  return { job, image, item: ofItem ? await magpie.items.find(ofItem) : null }
}

/** Throws `job_not_found`. */
export async function findJob({ queue }: Pick<Magpie, 'queue'>, id: string): Promise<Job> {
  const job = isId(id) ? await queue.find(id) : null
  if (!job) throw new MagpieError('job_not_found', `There is no job "${id}".`)
  return job
}

/**
 * Has one job done now, or ends it; answers with it as it then is. Throws `job_not_found`, and `input_invalid` for a
 * job whose state does not allow it.
 */
export async function changeJob(
  magpie: Pick<Magpie, 'queue' | 'retryJobs' | 'cancelJobs'>,
  change: 'retry' | 'cancel',
  id: string,
): Promise<Job> {
  const before = await findJob(magpie, id)
  const changed = await (change === 'retry' ? magpie.retryJobs : magpie.cancelJobs)({ id })
  if (changed.length > 0) return findJob(magpie, id)
  const may = {
    retry: 'only jobs that are dead, cancelled or wait can be brought back',
    cancel: 'only jobs that wait, run or are dead can be cancelled',
  }
  throw new MagpieError('input_invalid', `The job ${id} ${does[before.state]}; ${may[change]}.`, {
    remedy: `See it with magpie jobs show, or at /v1/jobs/${id}.`,
  })
}

/** A job's states, for people. */
const does: Readonly<Record<JobState, string>> = {
  created: 'waits',
  retry: 'waits to be tried again',
  active: 'is being done',
  completed: 'is done',
  cancelled: 'is cancelled',
  failed: 'is a dead letter',
}

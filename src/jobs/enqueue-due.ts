import type { Due } from '../catalog/images.ts'
import type { Tx } from '../database.ts'
import type { Priority } from '../queue/job-queue.ts'
import type { Queue } from './jobs.ts'

/** Enqueues an ingest for each image, with the host that it will ask. */
export async function enqueueDue(
  queue: Pick<Queue, 'enqueue'>,
  tx: Tx,
  due: readonly Due[],
  priority: Priority = 'ordinary',
): Promise<void> {
  for (const [host, images] of Map.groupBy(due, ({ url }) => new URL(url).host)) {
    const args = images.map(({ id }) => ({ imageId: id }))
    await queue.enqueue('ingest-image', args, { tx, host, priority })
  }
}

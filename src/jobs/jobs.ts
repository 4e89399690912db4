import type { ImageId, ItemId } from '../catalog/ids.ts'
import type { Tx } from '../database.ts'
import type { JobKind, JobQueue, Outcome } from '../queue/job-queue.ts'

/** Every kind of job, and what it is told. */
export interface Jobs {
  /** Enqueues a discovery for each active item of a catalogue, page by page of items. */
  'sync-catalog': { readonly catalog: string; readonly after?: ItemId }
  'discover-item': { readonly itemId: ItemId }
  'ingest-image': { readonly imageId: ImageId }
  'arrange-item': { readonly itemId: ItemId }
}

export type Queue = JobQueue<Jobs, Tx>

/**
 * The hour includes waiting for a slow host's turn; a worker that died is known by its heartbeat long before. Fetching
 * waits more than it works, so many run side by side.
 */
export const jobKinds = (concurrency: number): Readonly<Record<keyof Jobs, JobKind>> => ({
  'sync-catalog': { concurrency: 1, expireInSeconds: 600 },
  'discover-item': { concurrency: Math.max(1, Math.ceil(concurrency / 8)), expireInSeconds: 3600 },
  'ingest-image': { concurrency, expireInSeconds: 3600 },
  'arrange-item': { concurrency: 2, expireInSeconds: 60 },
})

export const done: Outcome<Tx> = { done: true }

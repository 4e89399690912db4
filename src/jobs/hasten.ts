import type { ImageId } from '../catalog/ids.ts'
import type { Log } from '../log.ts'
import type { Queue } from './jobs.ts'

/** How often one image is put forward, however many look at it. */
const onceInMs = 30_000
/** How many images are remembered as put forward. */
const manyImages = 10_000

/** Puts an image before all others, since somebody looks at it now. */
export function hastener(queue: Pick<Queue, 'enqueue'>, log: Log, now = () => performance.now()) {
  const since = new Map<ImageId, number>()
  return ({ id, url }: { readonly id: ImageId; readonly url: string }): void => {
    const before = since.get(id)
    if (before !== undefined && now() - before < onceInMs) return
    if (since.size >= manyImages) since.clear()
    since.set(id, now())
    queue
      .enqueue('ingest-image', { imageId: id }, { priority: 'viewed', host: new URL(url).host })
      .catch((cause: unknown) => log.warn({ err: cause, image: id }, 'an image could not be put forward'))
  }
}

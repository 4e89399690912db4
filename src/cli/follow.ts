import type { ItemId } from '../catalog/ids.ts'
import type { Magpie } from '../jobs/magpie.ts'
import type { CliContext } from './context.ts'
import { progressLine } from './progress.ts'
import { bytes, count } from './table.ts'

const lookEveryMs = 200
/** A source may ask us to come back in an hour; a command does not wait for that. */
const patienceMs = 60_000

/** Works the queue in this process until the items are finished, and shows how far it has come. */
export async function followWork(
  context: CliContext,
  magpie: Magpie,
  ids: readonly ItemId[],
  since: Date,
): Promise<void> {
  const stop = new AbortController()
  let broke: { readonly cause: unknown } | null = null
  const working = magpie.work(AbortSignal.any([stop.signal, context.ending])).catch((cause: unknown) => {
    broke = { cause }
  })
  const line = progressLine(context)
  let before = ''
  let movedMs = performance.now()
  try {
    while (!context.ending.aborted && !broke) {
      const progress = await magpie.items.progress(ids, since)
      const now = JSON.stringify(progress)
      if (now !== before) movedMs = performance.now()
      before = now
      const { pending = 0, ready = 0, rejected = 0, failed = 0 } = progress.images
      line.show(
        `${progress.finished}/${count(ids.length, 'page')} · ${ready} ready, ${pending} to go, ${rejected} rejected, ` +
          `${failed} failed · ${bytes(magpie.traffic.downloadedBytes)}`,
      )
      if (progress.finished >= ids.length) break
      if (performance.now() - movedMs > patienceMs) {
        context.err(
          `\n${count(pending, 'image')} must wait for the source; "magpie work" takes them up when it is time.\n`,
        )
        break
      }
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
    }
  } finally {
    stop.abort()
    await working
    line.end()
  }
  if (broke) throw (broke as { cause: unknown }).cause
}

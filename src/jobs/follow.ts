import { setTimeout as sleep } from 'node:timers/promises'
import type { Items } from '../catalog/items.ts'
import type { Followed, Progress } from '../catalog/progress.ts'
import { isDatabaseAway } from '../database.ts'

const soonestMs = 100
const latestMs = 1_000
/** Looking takes at most a fifth of our time, however large the catalogue. */
const restPerLook = 4

/**
 * Looks at how far some work has come, whoever does it, until it is finished or the signal aborts: soon again while it
 * moves, ever more rarely while it does not. A database that is away for a while is waited for.
 */
export async function* following(
  items: Pick<Items, 'progress'>,
  { which, since }: { readonly which: Followed; readonly since: Date },
  signal: AbortSignal,
): AsyncGenerator<Progress, void> {
  let before = ''
  let waitMs = soonestMs
  while (!signal.aborted) {
    const startedMs = performance.now()
    const progress = await items.progress(which, since).catch(nullIfAway)
    const tookMs = performance.now() - startedMs
    if (progress) yield progress
    if (progress && progress.finished >= progress.items) return
    const now = JSON.stringify(progress)
    waitMs = now === before ? Math.min(waitMs * 1.5, latestMs) : soonestMs
    before = now
    await sleep(Math.max(waitMs, tookMs * restPerLook), undefined, { signal }).catch(() => undefined)
  }
}

function nullIfAway(cause: unknown): null {
  if (isDatabaseAway(cause)) return null
  throw cause
}

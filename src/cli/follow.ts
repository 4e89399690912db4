import type { Followed, Progress } from '../catalog/progress.ts'
import { MagpieError } from '../errors.ts'
import { following } from '../jobs/follow.ts'
import type { Magpie } from '../jobs/magpie.ts'
import type { CliContext } from './context.ts'
import { again } from './moments.ts'
import { progressLine } from './progress.ts'
import { bytes, count } from './table.ts'

/** A source may ask us to come back in an hour; a command does not wait for that. */
const patienceMs = 60_000

/** What a command waits for, and what it calls the items of it. */
export interface Errand {
  readonly which: Followed
  readonly since: Date
  readonly called: 'page' | 'item'
}

/**
 * Works the queue in this process until the items are finished, and shows how far it has come; answers with how far
 * that was. What fails and is tried again much later counts as finished. Throws `interrupted`.
 */
export async function followWork(context: CliContext, magpie: Magpie, errand: Errand): Promise<Progress> {
  const stop = new AbortController()
  const broken = Promise.withResolvers<never>()
  broken.promise.catch(() => stop.abort())
  const working = magpie
    .work(AbortSignal.any([stop.signal, context.ending]))
    .catch((cause: unknown) => broken.reject(cause as Error))
  try {
    const ended = watch(context, magpie, {
      ...errand,
      signal: AbortSignal.any([stop.signal, context.ending]),
    })
    const progress = await Promise.race([ended, broken.promise])
    if (context.ending.aborted || !progress) throw new MagpieError('interrupted')
    return progress
  } finally {
    stop.abort()
    await working
  }
}

async function watch(
  context: CliContext,
  magpie: Magpie,
  { which, since, called, signal }: Errand & { readonly signal: AbortSignal },
): Promise<Progress | null> {
  const line = progressLine(context)
  let last: Progress | null = null
  let movedMs = performance.now()
  try {
    for await (const progress of following(magpie.items, { which, since }, signal)) {
      if (JSON.stringify(progress) !== JSON.stringify(last)) movedMs = performance.now()
      last = progress
      line.show(asLine(progress, called, magpie))
      if (performance.now() - movedMs <= patienceMs) continue
      context.err(`\n${whyWaiting(progress, magpie)}\n`)
      break
    }
  } finally {
    line.end()
  }
  return last
}

function asLine({ items, finished, waiting, images }: Progress, called: string, magpie: Magpie): string {
  const paused = magpie.pausedBecause()
  const { ready = 0, rejected = 0, failed = 0 } = images
  return (
    `${finished}/${count(items, called)} · ${ready} ready, ${waiting} to go, ${rejected} rejected, ${failed} failed · ` +
    `${bytes(magpie.traffic.downloadedBytes)}${paused ? ` · paused: ${paused}` : ''}`
  )
}

function whyWaiting({ waiting, items, finished }: Progress, magpie: Magpie): string {
  const paused = magpie.pausedBecause()
  const what = waiting > 0 ? count(waiting, 'image') : count(items - finished, 'item')
  return paused
    ? `${what} must wait: ${paused} "magpie work" goes on when that is over.`
    : `${what} must wait for the source; "magpie work" takes them up when it is time.`
}

/** What came of a followed errand, in one sentence. */
export function asSentence({ items, finished, unreadable, images, nextAttemptAt }: Progress): string {
  const { ready = 0, rejected = 0, failed = 0 } = images
  const unread = unreadable > 0 ? `${count(unreadable, 'item')} could not be read, ` : ''
  return (
    `${finished} of ${count(items, 'item')} finished: ${unread}${ready} ready, ${rejected} rejected, ${failed} failed` +
    `${again(nextAttemptAt)}.`
  )
}

import { MagpieError } from '../errors.ts'

/** Longer than that nobody waits for the one before: it may itself wait for its host. */
const longestWaitMs = 10_000

/**
 * Lets those with one name go one after the other, in this process. Who would wait too long comes again: throws
 * `fetch_under_way`, or the signal's reason.
 */
export function inLanes(): <T>(name: string, signal: AbortSignal, go: () => Promise<T>) => Promise<T> {
  const lanes = new Map<string, Promise<unknown>>()
  return async (name, signal, go) => {
    const until = performance.now() + longestWaitMs
    for (;;) {
      const before = lanes.get(name)
      if (!before) break
      await ended(before, signal, until - performance.now())
    }
    const mine = go()
    lanes.set(name, mine)
    try {
      return await mine
    } finally {
      lanes.delete(name)
    }
  }
}

async function ended(before: Promise<unknown>, signal: AbortSignal, withinMs: number): Promise<void> {
  signal.throwIfAborted()
  const late = Promise.withResolvers<never>()
  const tooLate = () =>
    late.reject(new MagpieError('fetch_under_way', undefined, { retryAfterMs: longestWaitMs / 2 }))
  const timer = setTimeout(tooLate, Math.max(0, withinMs))
  const stop = () => late.reject(signal.reason as Error)
  signal.addEventListener('abort', stop, { once: true })
  try {
    // How it ended is no matter of ours.
    await Promise.race([before.catch(() => undefined), late.promise])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}

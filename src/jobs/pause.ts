import { setTimeout as sleep } from 'node:timers/promises'
import type { ErrorCode, MagpieError } from '../errors.ts'
import type { Log } from '../log.ts'

/** Trouble of our own machines: it passes for all jobs at once, and no job's attempts are spent on it. */
export const pausing: ReadonlySet<ErrorCode> = new Set([
  'store_full',
  'store_unavailable',
  'database_unavailable',
])

/** Holds up all work of this process while something that all of it needs is away. */
export interface Pause {
  /** Nothing new is begun until the probe succeeds; asked again and again by itself, ever more rarely. */
  begin(error: MagpieError, isOver: () => Promise<unknown>): void
  /** Resolves when nothing is away. Throws the signal's reason. */
  ready(signal: AbortSignal): Promise<void>
  /** What is away just now. */
  codes(): readonly ErrorCode[]
  /** Why nothing is begun, for people; null when all is well. */
  because(): string | null
  /** Ends the asking. */
  close(): void
}

export interface PauseWaits {
  readonly firstMs: number
  readonly mostMs: number
}

/** Long enough not to press on what is just getting up, short enough for nobody to notice that it is up. */
const ordinaryWaits: PauseWaits = { firstMs: 500, mostMs: 10_000 }

export function openPause(log: Log, waits: PauseWaits = ordinaryWaits): Pause {
  const reasons = new Map<ErrorCode, string>()
  const closing = new AbortController()
  let over = Promise.withResolvers<void>()

  const probe = async (code: ErrorCode, isOver: () => Promise<unknown>) => {
    const since = performance.now()
    for (let waitMs = waits.firstMs; ; waitMs = Math.min(waitMs * 2, waits.mostMs)) {
      await sleep(waitMs, undefined, { signal: closing.signal, ref: false })
      const isStill = await isOver().then(
        () => false,
        () => true,
      )
      if (!isStill) break
    }
    reasons.delete(code)
    log.info({ code, pausedMs: Math.round(performance.now() - since) }, 'the work goes on')
    if (reasons.size > 0) return
    over.resolve()
    over = Promise.withResolvers<void>()
  }

  return {
    begin({ code, message }, isOver) {
      if (reasons.has(code) || closing.signal.aborted) return
      reasons.set(code, message)
      log.warn({ code, why: message }, 'the work is paused')
      probe(code, isOver).catch(() => undefined)
    },
    async ready(signal) {
      while (reasons.size > 0) {
        signal.throwIfAborted()
        const aborted = Promise.withResolvers<never>()
        const abort = () => aborted.reject(signal.reason)
        signal.addEventListener('abort', abort, { once: true })
        await Promise.race([over.promise, aborted.promise]).finally(() =>
          signal.removeEventListener('abort', abort),
        )
      }
    },
    codes: () => [...reasons.keys()],
    because: () => (reasons.size > 0 ? [...reasons.values()].join(' ') : null),
    close: () => closing.abort(),
  }
}

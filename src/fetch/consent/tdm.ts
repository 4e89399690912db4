import { asMagpieError } from '../../errors.ts'
import type { LoadText } from './robots.ts'
import { isPassing, openSiteMemory, type MemoryOptions } from './site-memory.ts'
import { reservationFor, tdmRules, unreserved, type Reservation, type TdmRule } from './tdm-rules.ts'

export interface Reservations {
  /**
   * What the site's tdmrep.json says of a URL; nothing where it has none or it cannot be had.
   * Throws `host_busy`, `host_paused`, or the signal's reason.
   */
  of(url: URL, load: LoadText, signal: AbortSignal): Promise<Reservation>
  close(): void
}

/** Remembers what sites' tdmrep.json say. */
export function openReservations(bounds: Pick<MemoryOptions, 'now' | 'maxSites'> = {}): Reservations {
  const memory = openSiteMemory<readonly TdmRule[]>({
    ...bounds,
    firstWaitMs: 300_000,
    longestWaitMs: 3_600_000,
  })
  return {
    async of(url, load, signal) {
      const read = async (inner: AbortSignal) => {
        const text = await load(new URL('/.well-known/tdmrep.json', url.origin), inner).catch(emptyIfFinal)
        return { value: tdmRules(text), weight: text.length }
      }
      try {
        return reservationFor(await memory.of(url.origin, read, signal), url.pathname + url.search)
      } catch (thrown) {
        signal.throwIfAborted()
        // The host has no turn for us: that is for whoever wants the resource to hear.
        if (isPassing(thrown)) throw thrown
        return unreserved
      }
    },
    close: () => memory.close(),
  }
}

/** A file that is not there is remembered like one that says nothing; others are asked for again before the day is over. */
function emptyIfFinal(thrown: unknown): string {
  const error = asMagpieError(thrown)
  if (error.retry) throw error
  return ''
}

import type { Fetch, Fetches } from '../catalog/fetches.ts'
import type { ToIngest } from '../catalog/images.ts'
import { urlDigest } from '../catalog/record.ts'
import type { Tx } from '../database.ts'
import { normalUrl } from '../discovery/find.ts'
import { MagpieError } from '../errors.ts'
import type { Fetched, Fetcher, FetchPolicy } from '../fetch/fetcher.ts'
import type { Outcome } from '../queue/job-queue.ts'
import { singleFlight } from './single-flight.ts'
import type { TrafficCounter } from './traffic.ts'

export interface FetchDeps {
  readonly fetches: Fetches
  readonly fetcherUnder: (policy: FetchPolicy) => Fetcher
  readonly traffic: Pick<TrafficCounter, 'count'>
}

type Then = (fetched: Fetched | null) => Promise<Outcome<Tx>> | Outcome<Tx>

/** What another brings is here in about the time that a picture takes. */
const lookAgainMs = 500

/**
 * Fetches an image, or asks whether what is held is still what its source shows, and goes on with what came. Of those
 * that want one address at the same time, on whatever machines, one asks for it, and has it to itself until its
 * outcome is committed; others of this process share what comes, and those of other processes come again with
 * `fetch_under_way` and find it.
 */
export function fetcherOfOne({ fetches, fetcherUnder, traffic }: FetchDeps) {
  const shared = singleFlight<Fetched | null>()
  return async (
    { image, catalog, held }: ToIngest,
    signal: AbortSignal,
    then: Then,
  ): Promise<Outcome<Tx>> => {
    const get = async () => {
      const answer = await fetcherUnder(catalog.policy).image(image.url, held?.validators ?? null, signal)
      traffic.count(answer ? 'downloaded' : 'notModified', answer?.bytes.byteLength)
      return answer
    }
    // Each has validators of its own to ask by.
    if (held) return then(await get())
    const fetch: Fetch = { imageId: image.id, urlDigest: urlDigest(normalUrl(image.url)) }
    let isOurs = false
    const alone = async () => {
      isOurs = await fetches.begin(fetch)
      if (!isOurs) throw new MagpieError('fetch_under_way', undefined, { retryAfterMs: lookAgainMs })
      return get()
    }
    try {
      const outcome = await then(await shared(fetch.urlDigest, alone))
      return isOurs ? ending(outcome, (tx) => fetches.end(tx, fetch)) : outcome
    } catch (thrown) {
      // Where that fails too, time lets go of it.
      if (isOurs) await fetches.giveUp(fetch).catch(() => undefined)
      throw thrown
    }
  }
}

const ending = (outcome: Outcome<Tx>, end: (tx: Tx) => Promise<void>): Outcome<Tx> => ({
  ...outcome,
  async record(tx) {
    await outcome.record?.(tx)
    await end(tx)
  },
})

import type { Fetch, Fetches } from '../catalog/fetches.ts'
import type { ToIngest } from '../catalog/images.ts'
import { termsOf } from '../catalog/policy.ts'
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
 * that want one address on the same terms at the same time, on whatever machines, one asks for it, and has it to itself until its
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
    const digest = urlDigest(normalUrl(image.url))
    const terms = termsOf(catalog.policy)
    let ours: Fetch | null = null
    const alone = async () => {
      ours = await fetches.begin(digest, terms)
      if (!ours) throw new MagpieError('fetch_under_way', undefined, { retryAfterMs: lookAgainMs })
      return get()
    }
    try {
      return ending(await then(await shared(`${digest} ${terms}`, alone)), ours && { fetches, fetch: ours })
    } catch (thrown) {
      // Where that fails too, time takes it.
      if (ours) await fetches.giveUp(ours).catch(() => undefined)
      throw thrown
    }
  }
}

/** The outcome, with what ends our fetch in its transaction. */
function ending(
  outcome: Outcome<Tx>,
  ours: { readonly fetches: Fetches; readonly fetch: Fetch } | null,
): Outcome<Tx> {
  if (!ours) return outcome
  return {
    ...outcome,
    async record(tx) {
      await outcome.record?.(tx)
      await ours.fetches.end(tx, ours.fetch)
    },
  }
}

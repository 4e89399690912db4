import type { Fetch, Fetches } from '../catalog/fetches.ts'
import type { ToIngest } from '../catalog/images.ts'
import { termsOf } from '../catalog/policy.ts'
import { urlDigest } from '../catalog/record.ts'
import type { Tx } from '../database.ts'
import { normalUrl } from '../discovery/find.ts'
import { MagpieError } from '../errors.ts'
import type { Fetched, Fetcher, FetchPolicy, Validators } from '../fetch/fetcher.ts'
import type { Outcome } from '../queue/job-queue.ts'
import { largestVersion, type Came, type LargestDeps, type Order } from './largest.ts'
import { singleFlight } from './single-flight.ts'
import { policyAt } from './site-terms.ts'
import type { TrafficCounter } from './traffic.ts'

export interface FetchDeps extends LargestDeps {
  readonly fetches: Fetches
  readonly fetcherUnder: (policy: FetchPolicy) => Fetcher
  readonly traffic: Pick<TrafficCounter, 'count'>
}

type Then = (came: Came | null) => Promise<Outcome<Tx>> | Outcome<Tx>

/** What another brings is here in about the time that a picture takes. */
const lookAgainMs = 500

/**
 * Fetches an image, in its largest version, or asks whether what is held is still what its source shows, and goes on with what
 * came. Of those that want one address on the same terms at the same time, on whatever machines, one asks for it, and has
 * it to itself until its outcome is committed; others of this process share what comes, and those of other processes
 * come again with `fetch_under_way` and find it. So it is with an address that is guessed for a larger version.
 */
export function fetcherOfOne(deps: FetchDeps) {
  const shared = singleFlight<Came>()
  const sharedGuesses = singleFlight<Fetched | null>()
  const largest = largestVersion(deps)
  return async (
    { image: { url }, catalog, held }: ToIngest,
    signal: AbortSignal,
    then: Then,
  ): Promise<Outcome<Tx>> => {
    const terms = termsOf(catalog.policy, catalog.keep.largest)
    const get = getter(deps, { url, policy: catalog.policy, signal })
    // Each has validators of its own to ask by.
    if (held) return then(await largest.again({ url, catalog, terms, ask: get, signal }, held))
    const ours: Fetch[] = []
    const begin = async (address: string) => {
      const fetch = await deps.fetches.begin(urlDigest(normalUrl(address)), terms)
      if (!fetch) throw new MagpieError('fetch_under_way', undefined, { retryAfterMs: lookAgainMs })
      ours.push(fetch)
    }
    const ask: Order['ask'] = (address, known) => {
      if (address === url) return get(address, known)
      return sharedGuesses(`${address} ${terms}`, async () => {
        await begin(address)
        return get(address, known)
      })
    }
    const alone = async () => {
      await begin(url)
      return largest.first({ url, catalog, terms, ask, signal })
    }
    try {
      return ending(await then(await shared(`${normalUrl(url)} ${terms}`, alone)), deps.fetches, ours)
    } catch (thrown) {
      // Where that fails too, time takes it.
      for (const fetch of ours) await deps.fetches.giveUp(fetch).catch(() => undefined)
      throw thrown
    }
  }
}

interface Asker {
  /** The image's own, whose source the policy is. */
  readonly url: string
  readonly policy: FetchPolicy
  readonly signal: AbortSignal
}

const getter =
  ({ fetcherUnder, traffic }: FetchDeps, { url, policy, signal }: Asker) =>
  async (address: string, known: Validators | null): Promise<Fetched | null> => {
    const answer = await fetcherUnder(policyAt(address, url, policy)).image(address, known, signal)
    traffic.count(answer ? 'downloaded' : 'notModified', answer?.bytes.byteLength)
    return answer
  }

/** The outcome, with what ends our fetches in its transaction. */
function ending(outcome: Outcome<Tx>, fetches: Fetches, ours: readonly Fetch[]): Outcome<Tx> {
  if (ours.length === 0) return outcome
  return {
    ...outcome,
    async record(tx) {
      await outcome.record?.(tx)
      for (const fetch of ours) await fetches.end(tx, fetch)
    },
  }
}

import type { Asset } from '../catalog/asset.ts'
import type { Assets } from '../catalog/assets.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { ImageId, ItemId } from '../catalog/ids.ts'
import type { Candidate, Verdict } from '../catalog/image.ts'
import type { Images, ToIngest, Twin } from '../catalog/images.ts'
import type { Tx } from '../database.ts'
import { normalUrl } from '../discovery/find.ts'
import type { Fetched, Fetcher, FetchPolicy, Signals, Validators } from '../fetch/fetcher.ts'
import type { Facts } from '../imaging/facts.ts'
import type { Attempt, Outcome } from '../queue/job-queue.ts'
import { done, type Queue } from './jobs.ts'
import { digestOf, type KeepOriginal } from './keep.ts'
import { singleFlight } from './single-flight.ts'
import type { TrafficCounter } from './traffic.ts'

interface Deps {
  readonly images: Images
  readonly assets: Assets
  readonly fetcherUnder: (policy: FetchPolicy) => Fetcher
  readonly inspect: (bytes: Uint8Array, signal: AbortSignal) => Promise<Facts>
  readonly assess: (candidate: Candidate, facts: Facts, catalog: Catalog) => Verdict
  readonly keep: KeepOriginal
  readonly queue: Pick<Queue, 'enqueue'>
  readonly traffic: Pick<TrafficCounter, 'count'>
}

/** Takes one image from its URL to an asset that can be served. */
export const ingestImage = (deps: Deps) => {
  const download = singleFlight<Fetched | null>()
  return async ({ imageId }: { imageId: ImageId }, _: Attempt, signal: AbortSignal): Promise<Outcome<Tx>> => {
    const found = await deps.images.findToIngest(imageId)
    if (!found) return { cancel: 'the image was removed' }
    const { image, catalog, held } = found
    // Delivered twice, or settled by another worker: nothing is left to do.
    if (!['pending', 'stale', 'failed'].includes(image.state)) return done

    const twin = freshTwin(found)
    const twinAsset = twin && (await deps.assets.touch(twin.asset.id))
    if (twinAsset) {
      deps.traffic.count('known')
      return conclude(deps, found, twinAsset, twin)
    }
    const fetcher = deps.fetcherUnder(catalog.policy)
    const known = held?.validators ?? null
    const fetched = await download(known ? imageId : normalUrl(image.url), async () => {
      const answer = await fetcher.image(image.url, known, signal)
      deps.traffic.count(answer ? 'downloaded' : 'notModified', answer?.bytes.byteLength)
      return answer
    })
    if (!fetched) return conclude(deps, found, held!.asset, held!)
    // Bytes that we hold were measured when they came.
    const before = await deps.assets.touch(digestOf(fetched.bytes))
    const facts = before?.facts ?? (await deps.inspect(fetched.bytes, signal))
    const verdict = deps.assess(image, facts, catalog)
    if (!verdict.accepted) return reject(deps, found, verdict, fetched)
    const place = { store: catalog.store, before: before?.blob ?? null }
    const asset = await deps.keep(fetched.bytes, facts, place, signal)
    return conclude(deps, found, asset, fetched)
  }
}

/** Another image with the same URL that was fetched so recently that asking again would be rude. */
function freshTwin({ twin, catalog }: ToIngest): Twin | null {
  const isFresh = twin && Date.now() - twin.fetchedAt.getTime() < catalog.freshness.freshForMs
  return isFresh ? twin : null
}

/** What the source said with the bytes, or a while ago. */
interface Said {
  readonly validators: Validators
  readonly signals?: Signals | undefined
  readonly fetchedAt?: Date
}

/** Judges an asset that is held and records it as what the image shows. */
function conclude(deps: Deps, found: ToIngest, asset: Asset, said: Said): Outcome<Tx> {
  const { image, catalog } = found
  const verdict = deps.assess(image, asset.facts, catalog)
  if (!verdict.accepted) return reject(deps, found, verdict, said)
  return {
    done: true,
    async record(tx) {
      await deps.assets.save(tx, asset)
      const { validators, signals, fetchedAt } = said
      await deps.images.hold(tx, image, { assetId: asset.id, verdict, validators, signals, fetchedAt })
      await arrangeWhenSettled(deps, tx, found.image.itemId)
    },
  }
}

function reject(
  deps: Deps,
  found: ToIngest,
  verdict: Verdict & { accepted: false },
  { validators, signals }: Said,
): Outcome<Tx> {
  return {
    done: true,
    async record(tx) {
      await deps.images.reject(tx, found.image, { verdict, assetId: null, validators, signals })
      await arrangeWhenSettled(deps, tx, found.image.itemId)
    },
  }
}

/** The last of an item's images to settle has them all arranged. */
export async function arrangeWhenSettled(
  { images, queue }: Pick<Deps, 'images' | 'queue'>,
  tx: Tx,
  itemId: ItemId,
): Promise<void> {
  if (await images.settledNow(tx, itemId)) await queue.enqueue('arrange-item', { itemId }, { tx })
}

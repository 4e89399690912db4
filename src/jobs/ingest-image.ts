import type { Asset } from '../catalog/asset.ts'
import type { Assets } from '../catalog/assets.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { ImageId, ItemId } from '../catalog/ids.ts'
import type { Candidate, Verdict } from '../catalog/image.ts'
import type { Images, ToIngest, Twin } from '../catalog/images.ts'
import { termsOf } from '../catalog/policy.ts'
import type { Tx } from '../database.ts'
import type { Signals, Validators } from '../fetch/fetcher.ts'
import type { Facts } from '../imaging/facts.ts'
import type { Attempt, Outcome } from '../queue/job-queue.ts'
import { fetcherOfOne, type FetchDeps } from './fetch-once.ts'
import { done, type Queue } from './jobs.ts'
import { digestOf, type KeepOriginal } from './keep.ts'
import type { Came } from './largest.ts'
import type { Patience } from './patience.ts'

interface Deps extends FetchDeps {
  readonly images: Images
  readonly assets: Assets
  readonly inspect: (bytes: Uint8Array, signal: AbortSignal) => Promise<Facts>
  readonly assess: (candidate: Candidate, facts: Facts, catalog: Catalog) => Verdict
  readonly keep: KeepOriginal
  readonly queue: Pick<Queue, 'enqueue'>
  readonly patiently: Patience
}

/** Takes one image from its URL to an asset that can be served. */
export const ingestImage = (deps: Deps) => {
  const fetchOnce = fetcherOfOne(deps)
  return async ({ imageId }: { imageId: ImageId }, _: Attempt, signal: AbortSignal): Promise<Outcome<Tx>> => {
    const found = await deps.images.findToIngest(imageId)
    if (!found) return { cancel: 'the image was removed' }
    const { image, held } = found
    // Delivered twice, or settled by another worker: nothing is left to do.
    if (!['pending', 'stale', 'failed'].includes(image.state)) return done

    const twin = freshTwin(found)
    const twinAsset = twin && (await deps.assets.touch(twin.asset.id))
    if (twinAsset) {
      deps.traffic.count('known')
      return conclude(deps, found, twinAsset, twin)
    }
    return fetchOnce(found, signal, (came) =>
      came ? take(deps, found, came, signal) : conclude(deps, found, held!.asset, held!),
    )
  }
}

/** Judges what came and keeps it, if it is worth it. */
async function take(deps: Deps, found: ToIngest, came: Came, signal: AbortSignal): Promise<Outcome<Tx>> {
  const { image, catalog } = found
  const { fetched, fetchedUrl } = came
  // Bytes that we hold were measured when they came.
  const before = await deps.patiently(() => deps.assets.touch(digestOf(fetched.bytes)), signal)
  const facts = before?.facts ?? came.facts ?? (await deps.inspect(fetched.bytes, signal))
  const verdict = deps.assess(image, facts, catalog)
  const said: Said = { validators: fetched.validators, signals: fetched.signals, fetchedUrl }
  if (!verdict.accepted) return reject(deps, found, verdict, said)
  const place = { store: catalog.store, before: before?.blob ?? null }
  const asset = await deps.keep(fetched.bytes, facts, place, signal)
  return conclude(deps, found, asset, said)
}

/** Another image with the same URL, and asked for in the same way, that was fetched so recently that asking again would be rude. */
function freshTwin({ twin, catalog }: ToIngest): Twin | null {
  const isFresh = twin && Date.now() - twin.fetchedAt.getTime() < catalog.freshness.freshForMs
  return isFresh ? twin : null
}

/** What the source said with the bytes, or a while ago. */
interface Said {
  readonly validators: Validators
  readonly signals?: Signals | undefined
  readonly fetchedAt?: Date
  readonly fetchedUrl: string | null
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
      const terms = termsOf(catalog.policy, catalog.keep.largest)
      await deps.images.hold(tx, image, { assetId: asset.id, verdict, ...said, terms })
      await arrangeWhenSettled(deps, tx, found.image.itemId)
    },
  }
}

function reject(
  deps: Deps,
  found: ToIngest,
  verdict: Verdict & { accepted: false },
  { validators, signals, fetchedUrl }: Said,
): Outcome<Tx> {
  return {
    done: true,
    async record(tx) {
      await deps.images.reject(tx, found.image, { verdict, assetId: null, validators, signals, fetchedUrl })
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

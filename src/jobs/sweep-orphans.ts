import type { AssetId } from '../catalog/ids.ts'
import type { Orphans } from '../catalog/orphans.ts'
import { MagpieError } from '../errors.ts'
import type { BlobRef, BlobStore, ListedBlob, StoreName } from '../storage/blob-store.ts'

interface Deps {
  readonly orphans: Orphans
  readonly storeNamed: (name: StoreName) => BlobStore
  readonly stores: readonly StoreName[]
}

export interface SweepOptions {
  /** What was named or written within this time is spared; longer than the longest job. */
  readonly graceMs: number
  readonly dryRun: boolean
  /** The brake: the share of all assets that one sweep may take at most. */
  readonly maxShare: number
}

/** What a sweep took, or would take. */
export interface Swept {
  readonly goneImages: number
  readonly assets: number
  readonly unknownBlobs: number
  readonly byteSize: number
}

/** So few may go whatever their share, or a catalogue of three could never be cleaned. */
const alwaysAllowed = 20

/**
 * Removes what nothing names: images long gone, assets without images, blobs without rows. The dry run walks the same
 * way and only leaves the deleting out. Throws `sweep_braked`.
 */
export async function sweepOrphans(deps: Deps, options: SweepOptions): Promise<Swept> {
  const plan = await planAssets(deps, options)
  const goneImages = await deps.orphans.removeGone(options.graceMs, options.dryRun)
  const assets = { count: 0, byteSize: 0 }
  for (const { id, byteSize } of plan) {
    const remove = (blobs: readonly BlobRef[]) => deleteBlobs(deps, blobs)
    if (!options.dryRun && !(await deps.orphans.removeAsset(id, options.graceMs, remove))) continue
    assets.count += 1
    assets.byteSize += byteSize
  }
  const unknown = await sweepUnknown(deps, options)
  return {
    goneImages,
    assets: assets.count,
    unknownBlobs: unknown.count,
    byteSize: assets.byteSize + unknown.byteSize,
  }
}

async function planAssets({ orphans }: Deps, { graceMs, maxShare }: SweepOptions) {
  const plan = []
  let after: AssetId | null = null
  for (;;) {
    const page = await orphans.assets(graceMs, after, 1_000)
    plan.push(...page)
    after = page.at(-1)?.id ?? null
    if (after === null) break
  }
  const all = await orphans.countAssets()
  if (plan.length > Math.max(alwaysAllowed, all * maxShare))
    throw new MagpieError(
      'sweep_braked',
      `The sweep would remove ${plan.length} of ${all} assets, and was stopped.`,
      {
        measured: plan.length,
      },
    )
  return plan
}

async function deleteBlobs({ storeNamed }: Deps, blobs: readonly BlobRef[]): Promise<void> {
  for (const { store, key } of blobs) await storeNamed(store).delete(key)
}

/** Blobs that no row names: what a crash left between the putting and the row. */
async function sweepUnknown(deps: Deps, options: SweepOptions) {
  const total = { count: 0, byteSize: 0 }
  for (const name of deps.stores) {
    const store = deps.storeNamed(name)
    for await (const page of inPages(store.keys?.('') ?? [], 500)) {
      const named = await deps.orphans.named(
        name,
        page.map(({ key }) => key),
      )
      const youngest = Date.now() - options.graceMs
      for (const { key, byteSize, modifiedAt } of page) {
        if (named.has(key) || modifiedAt.getTime() > youngest) continue
        if (!options.dryRun) await store.delete(key)
        total.count += 1
        total.byteSize += byteSize
      }
    }
  }
  return total
}

async function* inPages(
  all: AsyncIterable<ListedBlob> | Iterable<ListedBlob>,
  size: number,
): AsyncGenerator<ListedBlob[]> {
  let page: ListedBlob[] = []
  for await (const one of all) {
    page.push(one)
    if (page.length < size) continue
    yield page
    page = []
  }
  if (page.length > 0) yield page
}

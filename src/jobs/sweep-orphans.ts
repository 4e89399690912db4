import type { AssetId } from '../catalog/ids.ts'
import type { Orphans } from '../catalog/orphans.ts'
import { MagpieError } from '../errors.ts'
import type { BlobRef, BlobStore, StoreName } from '../storage/blob-store.ts'
import { deleteUnknown, lyingBlobs } from './unknown-blobs.ts'

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
  await brakeUnknown(deps, options)
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
  brake(plan.length, await orphans.countAssets(), maxShare, 'originals')
  return plan
}

async function deleteBlobs({ storeNamed }: Deps, blobs: readonly BlobRef[]): Promise<void> {
  for (const { store, key } of blobs) await storeNamed(store).delete(key)
}

/** Blobs that no row names. Those that somebody names again meanwhile are let be. */
async function sweepUnknown(deps: Deps, { graceMs, dryRun }: SweepOptions) {
  const total = { count: 0, byteSize: 0 }
  for await (const blob of lyingBlobs(deps, graceMs)) {
    if (!blob.isUnknown || (!dryRun && !(await deleteUnknown(deps, blob)))) continue
    total.count += 1
    total.byteSize += blob.byteSize
  }
  return total
}

/** Looked at before anything goes: a database that is not this store's would have all of it swept away. */
async function brakeUnknown(deps: Deps, { graceMs, maxShare }: SweepOptions): Promise<void> {
  let [all, unknown] = [0, 0]
  for await (const { isUnknown } of lyingBlobs(deps, graceMs)) {
    all += 1
    if (isUnknown) unknown += 1
  }
  brake(unknown, all, maxShare, 'blobs')
}

function brake(taken: number, all: number, maxShare: number, what: string): void {
  if (taken <= Math.max(alwaysAllowed, all * maxShare)) return
  const said = `The sweep would remove ${taken} of ${all} ${what}, and was stopped.`
  throw new MagpieError('sweep_braked', said, { measured: taken })
}

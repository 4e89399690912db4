import type { Orphans } from '../catalog/orphans.ts'
import type { BlobStore, ListedBlob, StoreName } from '../storage/blob-store.ts'

interface Deps {
  readonly orphans: Pick<Orphans, 'named'>
  readonly storeNamed: (name: StoreName) => BlobStore
  readonly stores: readonly StoreName[]
}

/** A blob that no row names, and whether it is so young that its row may be on its way. */
export interface LyingBlob extends ListedBlob {
  readonly store: StoreName
  readonly isUnknown: boolean
}

/** Every blob of every store, with whether it is one that a crash left between the putting and the row. */
export async function* lyingBlobs(deps: Deps, graceMs: number): AsyncGenerator<LyingBlob> {
  for (const store of deps.stores) {
    for await (const page of inPages(deps.storeNamed(store).keys?.('') ?? [], 500)) {
      const keys = page.map(({ key }) => key)
      const named = await deps.orphans.named(store, keys)
      const youngest = Date.now() - graceMs
      for (const blob of page) {
        const isUnknown = !named.has(blob.key) && blob.modifiedAt.getTime() <= youngest
        yield { ...blob, store, isUnknown }
      }
    }
  }
}

/**
 * Deletes a blob that still is unknown: an ingest may have put it again since it was listed, which shows in its time or
 * in the row that followed.
 */
export async function deleteUnknown({ orphans, storeNamed }: Deps, blob: LyingBlob): Promise<boolean> {
  const store = storeNamed(blob.store)
  // A prefix has no extension.
  for await (const { key, modifiedAt } of store.keys?.(blob.key.replace(/\.[^.]*$/, '')) ?? []) {
    if (key !== blob.key) continue
    if (modifiedAt.getTime() !== blob.modifiedAt.getTime()) return false
    if ((await orphans.named(blob.store, [key])).has(key)) return false
    await store.delete(key)
    return true
  }
  return false
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

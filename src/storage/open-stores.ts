import path from 'node:path'
import { optional } from '../settings.ts'
import type { Values } from '../settings.ts'
import type { BlobStore, StoreName } from './blob-store.ts'
import { guarded } from './guard.ts'
import { openDiskStore } from './stores/disk.ts'
import { memoryStore } from './stores/memory.ts'

export const storageSettings = {
  STORE_DISK_ROOT: optional({
    means: 'the folder of the disk store; left out, it is blobs in the data folder',
  }),
}

/** The stores that catalogues may name, each behind the guard. */
export interface Stores {
  get(name: StoreName): BlobStore
}

/**
 * Opens the stores of this machine. A new disk store is made only with `mayCreate`, which is for a database without
 * blobs: later a folder without a store is a disk that is not mounted, and throws `store_unavailable`.
 */
export async function openStores(
  settings: Values<typeof storageSettings>,
  at: { readonly dataFolder: string; readonly mayCreate: boolean },
): Promise<Stores> {
  const root = settings.STORE_DISK_ROOT ?? path.join(at.dataFolder, 'blobs')
  const stores: Readonly<Record<StoreName, BlobStore>> = {
    disk: guarded(await openDiskStore({ root, mayCreate: at.mayCreate })),
    memory: guarded(memoryStore()),
  }
  return { get: (name) => stores[name] }
}

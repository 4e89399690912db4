import path from 'node:path'
import { MagpieError } from '../errors.ts'
import { oneOf, optional, type Values } from '../settings.ts'
import { storeNames, type BlobStore, type StoreName } from './blob-store.ts'
import { guarded } from './guard.ts'
import { isDiskStore, openDiskStore } from './stores/disk.ts'
import { memoryStore } from './stores/memory.ts'
import { s3Settings } from './stores/s3-settings.ts'
import { openS3Store } from './stores/s3.ts'

export const storageSettings = {
  STORE: oneOf(storeNames, {
    default: 'disk',
    means: 'the store of new catalogues: disk or s3; workers on several machines share s3',
  }),
  STORE_DISK_ROOT: optional({
    means: 'the folder of the disk store; left out, it is blobs in the data folder',
  }),
  ...s3Settings,
}

/** The stores that this process can use, each behind the guard. */
export interface Stores {
  /** Throws `store_unavailable` for one that is not open here. */
  get(name: StoreName): BlobStore
  readonly names: readonly StoreName[]
}

interface Surroundings {
  readonly dataFolder: string
  /** The stores that catalogues name. */
  readonly inUse: readonly StoreName[]
  /**
   * Whether no blob is known to be in that store: only then may it be made. Later a folder or bucket without a store
   * is a disk that is not mounted, or a wrong bucket.
   */
  readonly isNew: (store: StoreName) => Promise<boolean>
}

/**
 * Opens the stores that are in use or set up. Throws `setting_invalid`, and for a disk that is not mounted
 * `store_unavailable`.
 */
export async function openStores(
  settings: Values<typeof storageSettings>,
  { dataFolder, inUse, isNew }: Surroundings,
): Promise<Stores> {
  const wanted = new Set<StoreName>([settings.STORE, ...inUse])
  const stores = new Map<StoreName, BlobStore>([['memory', guarded(memoryStore())]])
  const root = settings.STORE_DISK_ROOT ?? path.join(dataFolder, 'blobs')
  if (wanted.has('disk') || (await isDiskStore(root)))
    stores.set('disk', guarded(await openDiskStore({ root, mayCreate: () => isNew('disk') })))
  if (wanted.has('s3') || settings.STORE_S3_BUCKET !== null)
    stores.set('s3', guarded(await openS3Store(settings, () => isNew('s3'))))
  return {
    names: [...stores.keys()],
    get(name) {
      const store = stores.get(name)
      if (!store) throw notOpen(name)
      return store
    },
  }
}

const notOpen = (name: StoreName) =>
  new MagpieError('store_unavailable', `the ${name} store is not set up on this machine`, {
    setting: name === 's3' ? 'STORE_S3_BUCKET' : 'STORE_DISK_ROOT',
    remedy: 'Give this machine the settings of those that keep blobs there.',
  })

import { randomUUID } from 'node:crypto'
import {
  access,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { MagpieError } from '../../errors.ts'
import { makeFolder } from '../../make-folder.ts'
import type { BlobStore } from '../blob-store.ts'
import { listFiles, removeLeftovers } from './disk-listing.ts'
import { roomKeeper } from './disk-room.ts'

/** Says that this folder is a store; without it the folder is taken for a disk that is not mounted. */
const marker = '.magpie-store'
const markerSays = 'This folder is a Magpie blob store, layout 1. Without this file it is not used as one.\n'
/** Where blobs are written before they get their name; in the root, so that renaming stays on one volume. */
const unfinished = '.unfinished'

/** Whether a folder is a disk store. Throws what looking for it throws. */
export const isDiskStore = (root: string): Promise<boolean> => isThere(path.join(root, marker))

/**
 * Opens the store in a folder, and makes it there if it may: when the database is as new as the folder.
 * Throws `store_unavailable` where a store should be and is not (a disk not mounted), `setting_invalid` for a folder
 * that holds other things (a sweep would delete them), `data_folder_unwritable` where it cannot be made.
 */
export async function openDiskStore(of: {
  root: string
  mayCreate: () => Promise<boolean>
}): Promise<BlobStore> {
  const root = path.resolve(of.root)
  if (!(await usable(root, () => isDiskStore(root)))) {
    if (!(await of.mayCreate())) throw unmounted(root)
    await usable(root, () => create(root))
  }
  await usable(root, async () => {
    makeFolder(path.join(root, unfinished))
    await removeLeftovers(path.join(root, unfinished))
  })
  return diskStore({ root })
}

async function usable<T>(root: string, go: () => Promise<T>): Promise<T> {
  try {
    return await go()
  } catch (cause) {
    if (cause instanceof MagpieError) throw cause
    const said = `the store's folder ${root} cannot be used: ${messageOf(cause)}`
    throw new MagpieError('data_folder_unwritable', said, {
      cause,
      setting: 'STORE_DISK_ROOT',
      remedy: 'Choose another with STORE_DISK_ROOT, or make this one writable.',
    })
  }
}

/** Blobs as files, each under its key, in a folder that `openDiskStore` has made or found. */
export function diskStore({ root }: { root: string }): BlobStore {
  const fileOf = (key: string) => path.join(root, key)
  const made = folders(root)
  const room = roomKeeper(root)

  /** Nothing at a path means no blob only while the disk is there. */
  const confirmMounted = async () => {
    if (!(await isDiskStore(root))) throw unmounted(root)
  }
  const found = <T>(key: string, go: (file: string) => Promise<T>): Promise<T> =>
    go(fileOf(key)).catch(async (cause: unknown) => {
      if (!isMissing(cause)) throw cause
      await confirmMounted()
      throw new MagpieError('blob_not_found', `the disk store has no blob ${key}`, { cause })
    })
  const exists = async (key: string) =>
    (await isThere(fileOf(key))) || (await confirmMounted().then(() => false))

  return {
    name: 'disk',
    async put(key, bytes) {
      const write = () => put(fileOf(key), bytes, path.join(root, unfinished), made)
      await unlessFoldersGo(confirmMounted, write).catch((cause: unknown) => {
        throw room.refused(bytes.byteLength, cause)
      })
    },
    get: async (key) => streamOf(await found(key, (file) => open(file, 'r'))),
    read: (key) => found(key, (file) => readFile(file)),
    exists,
    async delete(key) {
      if (await exists(key)) await rm(fileOf(key), { force: true })
    },
    url: () => null,
    async *keys(prefix) {
      await confirmMounted()
      await removeLeftovers(path.join(root, unfinished))
      yield* listFiles(root, prefix)
      await confirmMounted()
    },
    async probe() {
      await confirmMounted()
      await room.check()
      await writeProbe(path.join(root, unfinished, randomUUID()))
    },
  }
}

const writeProbe = (file: string) =>
  writeFile(file, 'probe', { flag: 'wx', flush: true }).finally(() => rm(file, { force: true }))

/** Once more, if somebody removed a folder that we had made: it is made again, as long as the disk is there. */
async function unlessFoldersGo(
  confirmMounted: () => Promise<void>,
  write: () => Promise<void>,
): Promise<void> {
  try {
    await write()
  } catch (cause) {
    if (!isMissing(cause)) throw cause
    await confirmMounted()
    await write()
  }
}

/**
 * Writes beside, syncs, renames, syncs the folder: after a crash at any point the key names all of the bytes or
 * nothing, and once we return it names them for good. The folder's sync is not batched: with four puts
 * at a time it costs 8 % of the puts a second, and without it a row could survive the blob that it names.
 */
async function put(file: string, bytes: Uint8Array, unfinishedIn: string, made: Folders): Promise<void> {
  const folder = path.dirname(file)
  const held = await stat(file).catch(nullIfMissing)
  // Its folder is synced all the same: somebody else may have renamed it only a moment ago.
  if (held?.size === bytes.byteLength) {
    // To whoever sweeps what is old and unnamed, it is new again.
    await utimes(file, new Date(), new Date())
    return syncFolder(folder)
  }

  const beside = path.join(unfinishedIn, randomUUID())
  try {
    await writeFile(beside, bytes, { flag: 'wx', flush: true })
    await made.toFolder(folder)
    await rename(beside, file)
  } catch (cause) {
    made.forget(folder)
    await unlink(beside).catch(() => {})
    throw cause
  }
  await syncFolder(folder)
}

interface Folders {
  toFolder(folder: string): Promise<void>
  /** After a failure: somebody may have removed it. */
  forget(folder: string): void
}

/** Makes each folder once, so that it outlasts a crash too, and remembers it. */
function folders(root: string): Folders {
  const made = new Map<string, Promise<void>>()
  const make = async (folder: string) => {
    const first = await mkdir(folder, { recursive: true })
    if (first === undefined) return
    for (let parent = path.dirname(folder); parent.startsWith(root); parent = path.dirname(parent)) {
      await syncFolder(parent)
    }
  }
  const toFolder = (folder: string) => {
    const known = made.get(folder) ?? make(folder)
    made.set(folder, known)
    return known
  }
  return { toFolder, forget: (folder) => made.delete(folder) }
}

async function create(root: string): Promise<void> {
  makeFolder(root)
  const others = (await readdir(root)).filter((name) => !name.startsWith('.') && name !== 'lost+found')
  // With a marker by now it is another process's, which began with the store at the same time as we.
  if (others.length > 0 && !(await isDiskStore(root))) {
    throw new MagpieError('setting_invalid', `the folder ${root} is no Magpie store and holds other things`, {
      setting: 'STORE_DISK_ROOT',
      measured: others[0],
      remedy: 'Give an empty folder, or one that does not exist yet, as STORE_DISK_ROOT.',
    })
  }
  await writeFile(path.join(root, marker), markerSays, { flush: true })
  await syncFolder(root)
}

const unmounted = (root: string) =>
  new MagpieError('store_unavailable', `the store's folder ${root} has no ${marker} file`, {
    setting: 'STORE_DISK_ROOT',
    remedy: `Is the disk mounted? If the blobs were moved, set STORE_DISK_ROOT to where they are.`,
  })

function streamOf(file: FileHandle): ReadableStream<Uint8Array> {
  const closeFirst = async (cause: unknown) => {
    await file.close()
    throw cause
  }
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { bytesRead, buffer } = await file
        .read({ buffer: Buffer.allocUnsafe(64 * 1024) })
        .catch(closeFirst)
      if (bytesRead > 0) return controller.enqueue(buffer.subarray(0, bytesRead))
      await file.close()
      controller.close()
    },
    cancel: () => file.close(),
  })
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder, and its file systems write renames through their journal.
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const isMissing = (cause: unknown) => cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
const nullIfMissing = (cause: unknown) => {
  if (isMissing(cause)) return null
  throw cause
}
const isThere = (file: string) =>
  access(file).then(
    () => true,
    (cause: unknown) => nullIfMissing(cause) !== null,
  )
const messageOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause))

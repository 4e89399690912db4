import { opendir, stat, unlink } from 'node:fs/promises'
import path from 'node:path'
import type { ListedBlob } from '../blob-store.ts'

/** Longer than any put takes; a younger file may be another process's work in hand. */
const leftoverAfterMs = 60 * 60 * 1000

/** The files below a root whose path from there begins with the prefix; names that begin with a dot are ours, not blobs. */
export async function* listFiles(root: string, prefix: string): AsyncGenerator<ListedBlob> {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  yield* below(root, folder, prefix)
}

async function* below(root: string, folder: string, prefix: string): AsyncGenerator<ListedBlob> {
  for await (const entry of entriesOf(path.join(root, folder))) {
    const key = folder + entry.name
    if (entry.name.startsWith('.')) continue
    if (entry.isDirectory()) {
      // On a prefix that ends inside a folder's name only folders that continue it are entered.
      if (`${key}/`.startsWith(prefix) || prefix.startsWith(`${key}/`)) yield* below(root, `${key}/`, prefix)
    } else if (entry.isFile() && key.startsWith(prefix)) {
      const found = await stat(path.join(root, key)).catch(nullIfMissing)
      if (found) yield { key, modifiedAt: found.mtime, byteSize: found.size }
    }
  }
}

/** Removes what killed processes left half written. */
export async function removeLeftovers(folder: string): Promise<void> {
  const before = Date.now() - leftoverAfterMs
  for await (const { name } of entriesOf(folder)) {
    const file = path.join(folder, name)
    const found = await stat(file).catch(nullIfMissing)
    if (found && found.mtimeMs < before) await unlink(file).catch(nullIfMissing)
  }
}

/** The entries of a folder, a few at a time; none if it is not there. */
async function* entriesOf(folder: string) {
  const handle = await opendir(folder).catch(nullIfMissing)
  if (handle) yield* handle
}

function nullIfMissing(cause: unknown): null {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null
  throw cause
}

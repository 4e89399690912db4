import { statfs } from 'node:fs/promises'
import { MagpieError } from '../../errors.ts'

/** Below this much a disk counts as full, to whoever waits for room: less is gone again at once. */
const leastFreeBytes = 64 * 2 ** 20
/** On small disks this share of them is enough. */
const leastFreeShare = 0.01

/** Remembers what found no room, so that a few free bytes are not taken for enough. */
export interface RoomKeeper {
  /** To be told of every put that failed; gives the cause back, as `store_full` where it is that. */
  refused(byteSize: number, cause: unknown): unknown
  /** Throws `store_full`. */
  check(): Promise<void>
}

/** Watches the room on the disk that a folder is on. */
export function roomKeeper(folder: string): RoomKeeper {
  let wantedBytes = 0
  return {
    refused(byteSize, cause) {
      if (!isFull(cause)) return cause
      wantedBytes = byteSize
      return new MagpieError('store_full', `The disk of ${folder} is full.`, { cause })
    },
    async check() {
      const { bavail, blocks, bsize } = await statfs(folder)
      const least = Math.max(wantedBytes, Math.min(leastFreeBytes, blocks * bsize * leastFreeShare))
      if (bavail * bsize >= least) return
      throw new MagpieError('store_full', `The disk of ${folder} is full.`, {
        measured: bavail * bsize,
        setting: 'STORE_DISK_ROOT',
        remedy: `Make room: ${Math.ceil(least / 2 ** 20)} MB at least. The work goes on by itself.`,
      })
    },
  }
}

/** Whether a failure to write is for want of room. */
export const isFull = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && (cause.code === 'ENOSPC' || cause.code === 'EDQUOT')

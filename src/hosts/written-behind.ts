import type { Db } from '../database.ts'
import type { Log } from '../log.ts'
import { putHosts, readStates } from './host-tables.ts'
import { keepInMemory } from './in-memory.ts'
import type { Keeper } from './keeper.ts'

const everyMs = 1000

/**
 * Keeps the hosts of a process that has its database to itself: in memory, and once a second in the tables, so that
 * pauses and quotas outlive it. A crash forgets a second of them at most.
 */
export async function keepWrittenBehind(db: Db, log?: Log): Promise<Keeper> {
  const keeper = keepInMemory(await readStates(db))
  let writing: Promise<void> = Promise.resolve()
  const write = async () => {
    const changed = keeper.takeChanged()
    if (changed.size === 0) return
    await putHosts(db, changed).catch((cause: unknown) =>
      log?.warn({ err: cause }, 'the states of hosts could not be written down'),
    )
  }
  const timer = setInterval(() => void (writing = writing.then(write)), everyMs).unref()
  return {
    ...keeper,
    async close() {
      clearInterval(timer)
      await writing
      await write()
    },
  }
}

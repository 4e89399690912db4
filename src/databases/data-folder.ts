import { createHash } from 'node:crypto'
import { readFileSync, realpathSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { hostname } from 'node:os'
import path from 'node:path'
import { MagpieError } from '../errors.ts'
import { makeFolder } from '../make-folder.ts'

/** Who holds a data folder, for the one who finds it held. */
interface Holder {
  readonly pid: number
  readonly host: string
  readonly command: string
  readonly since: string
  /** Where it can be reached, if it listens. */
  readonly url: string | null
}

/** A data folder that is ours alone until released. */
export interface HeldFolder {
  readonly path: string
  /** Tells whoever comes next where we can be reached. */
  announce(url: string): void
  release(): Promise<void>
}

const heartbeatMs = 5_000

/**
 * Takes a data folder for this process, as the embedded database has no lock of its own and two processes on one
 * folder lose rows silently. On Linux the lock is an abstract socket, freed by the kernel however we die;
 * elsewhere, and against another machine or container on a shared disk, a lock file with a heartbeat.
 * Throws `data_folder_in_use`, `data_folder_unwritable`.
 */
export async function holdDataFolder(folder: string): Promise<HeldFolder> {
  try {
    makeFolder(folder)
    writeFileSync(path.join(folder, '.writable'), '')
    rmSync(path.join(folder, '.writable'))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new MagpieError(
      'data_folder_unwritable',
      `The data folder ${folder} cannot be written to: ${why}.`,
      { cause },
    )
  }
  const real = realpathSync(folder)
  const file = path.join(real, 'magpie.lock')
  const socket = process.platform === 'linux' ? await takeSocket(real, file) : null
  const before = readHolder(file)
  if (before && isAlive(before, file, socket !== null)) {
    socket?.close()
    throw inUse(real, before)
  }
  let holder: Holder = {
    pid: process.pid,
    host: hostname(),
    command: process.argv.slice(2).join(' '),
    since: new Date().toISOString(),
    url: null,
  }
  const write = () => writeFileSync(file, JSON.stringify(holder))
  write()
  const heartbeat = setInterval(() => touch(file), heartbeatMs).unref()
  return {
    path: real,
    announce(url) {
      holder = { ...holder, url }
      write()
    },
    async release() {
      clearInterval(heartbeat)
      rmSync(file, { force: true })
      await new Promise<void>((resolve) => (socket ? socket.close(() => resolve()) : resolve()))
    },
  }
}

async function takeSocket(real: string, file: string): Promise<Server> {
  const name = `\0magpie-${createHash('sha256').update(real).digest('hex').slice(0, 40)}`
  const server = createServer((stranger) => stranger.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(cause.code === 'EADDRINUSE' ? inUse(real, readHolder(file)) : cause),
    )
    server.listen(name, resolve)
  })
  return server.unref()
}

function readHolder(file: string): Holder | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder
  } catch {
    return null
  }
}

/** The socket decides for processes of our own kernel; the heartbeat decides for all others. */
function isAlive(holder: Holder, file: string, haveSocket: boolean): boolean {
  if (holder.host === hostname()) {
    if (haveSocket || holder.pid === process.pid) return false
    try {
      process.kill(holder.pid, 0)
      return true
    } catch {
      return false
    }
  }
  return Date.now() - statSync(file).mtimeMs < 3 * heartbeatMs
}

function touch(file: string): void {
  try {
    utimesSync(file, new Date(), new Date())
  } catch {
    // The folder may be on its way out; the socket still holds it.
  }
}

function inUse(folder: string, holder: Holder | null): MagpieError {
  if (!holder)
    return new MagpieError('data_folder_in_use', `The data folder ${folder} is in use by another process.`)
  const who = `process ${holder.pid}${holder.host === hostname() ? '' : ` on ${holder.host}`} (magpie ${holder.command})`
  return new MagpieError(
    'data_folder_in_use',
    `The data folder ${folder} is in use by ${who}, since ${holder.since}.`,
    {
      measured: holder.pid,
      remedy: holder.url
        ? `Use it at ${holder.url}, or stop it first; several processes can share a PostgreSQL by DATABASE_URL.`
        : 'Wait for it or stop it first; several processes can share a PostgreSQL by DATABASE_URL.',
    },
  )
}

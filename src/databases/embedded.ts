import {
  chmodSync,
  cpSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { NodeFS } from '@electric-sql/pglite/nodefs'
import type { PostgresPool, PostgresPoolClient } from 'kysely'

/** An embedded PostgreSQL in a folder, behind the face of a pool. */
export interface EmbeddedPool extends PostgresPool {
  listen(channel: string, onNotification: (payload: string) => void): Promise<() => Promise<void>>
  /** How often the database has asked the disk to keep what it wrote. */
  readonly syncs: () => number
  /** How many rows were written, changed or removed. */
  readonly changes: () => number
}

/** PGlite never calls fsync, so a power loss could take commits back; this file system does, once a commit. */
class DurableFs extends NodeFS {
  syncs = 0
  readonly #isDurable: boolean

  constructor(folder: string, isDurable: boolean) {
    super(folder)
    this.#isDurable = isDurable
  }

  override async init(...[pglite, options]: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const made = await super.init(pglite, options)
    const mountSyncing = (module: EmscriptenModule) => {
      module.NODEFS.stream_ops.fsync = (stream) => {
        // Folders have no descriptor here.
        if (this.#isDurable && stream.nfd !== undefined) {
          fsyncSync(stream.nfd)
          this.syncs++
        }
        return 0
      }
    }
    return {
      emscriptenOpts: {
        ...made.emscriptenOpts,
        preRun: [made.emscriptenOpts.preRun ?? [], mountSyncing].flat(),
      },
    }
  }
}

/** The corner of Emscripten's module that carries a file's descriptor. */
interface EmscriptenModule {
  NODEFS: { stream_ops: { fsync?: (stream: { nfd?: number }) => number } }
}

/** `-F` would switch fsync off; 16 MB of buffers saves 120 MB of memory and costs no speed at our sizes. */
const startParams = [
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
  ...['-c', 'wal_sync_method=fsync', '-c', 'shared_buffers=16MB', '-c', 'timezone=UTC'],
]

/** Lists the template's folders: many are empty, PostgreSQL wants them, and npm packs none. */
const foldersFile = 'magpie-folders.json'

/** A cluster made once by `npm ci`: a first start copies it, in half a second, instead of making one in five. */
const template = ['../../build', '../../../build']
  .map((folder) => path.join(import.meta.dirname, folder, 'embedded-template'))
  .find((folder) => existsSync(path.join(folder, foldersFile)))

const int8 = 20

/** Opens the embedded database in `folder`, making it if it is not there; a start that was killed half-way is begun again. */
export async function openEmbedded(folder: string, sync: boolean): Promise<EmbeddedPool> {
  const beingMade = `${folder}.being-made`
  if (existsSync(beingMade)) rmSync(folder, { recursive: true, force: true })
  if (!existsSync(path.join(folder, 'PG_VERSION'))) {
    writeFileSync(beingMade, '')
    if (template) copyTemplate(template, folder)
  }
  const fs = new DurableFs(folder, sync)
  const pglite = await PGlite.create({ fs, startParams, parsers: { [int8]: Number } })
  await pglite.query('select 1')
  rmSync(beingMade, { force: true })
  return asPool(pglite, fs)
}

/** Makes the empty cluster that `openEmbedded` copies. */
export async function makeTemplate(folder: string): Promise<void> {
  const pglite = await PGlite.create(folder)
  await pglite.close()
  const folders: string[] = []
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const at = path.join(entry.parentPath, entry.name)
    // Whoever runs the program copies it, and that is seldom the one who installed it; there is nothing in it to hide.
    chmodSync(at, entry.isDirectory() ? 0o755 : 0o644)
    if (entry.isDirectory()) folders.push(path.relative(folder, at))
  }
  writeFileSync(path.join(folder, foldersFile), JSON.stringify(folders.sort()))
}

function copyTemplate(from: string, folder: string): void {
  cpSync(from, folder, { recursive: true })
  const folders = JSON.parse(readFileSync(path.join(from, foldersFile), 'utf8')) as string[]
  for (const one of folders) mkdirSync(path.join(folder, one), { recursive: true })
}

/**
 * One connection, lent to one borrower at a time: from BEGIN to COMMIT nobody else's query can join the transaction.
 */
function asPool(pglite: PGlite, fs: DurableFs): EmbeddedPool {
  let last: Promise<unknown> = Promise.resolve()
  let changes = 0
  const onChange = (rows: number) => (changes += rows)
  const borrow = async () => {
    const before = last
    let release!: () => void
    last = new Promise<void>((resolve) => (release = resolve))
    await before
    return release
  }
  /** LISTEN too is part of a transaction, and would be undone with another's. */
  const alone = async <T>(go: () => Promise<T>): Promise<T> => {
    const release = await borrow()
    return go().finally(release)
  }
  return {
    options: {},
    syncs: () => fs.syncs,
    changes: () => changes,
    connect: async () => asClient(pglite, await borrow(), onChange),
    async listen(channel, onNotification) {
      const unlisten = await alone(() => pglite.listen(channel, onNotification))
      return () => alone(() => unlisten())
    },
    async end() {
      await last
      if (!pglite.closed) await pglite.close()
    },
  }
}

function asClient(pglite: PGlite, release: () => void, onChange: (rows: number) => void): PostgresPoolClient {
  const query = async (text: string, values: readonly unknown[] = []) => {
    // Without parameters it may be several statements, which only the simple protocol takes.
    const results = values.length ? [await pglite.query(text, [...values])] : await pglite.exec(text)
    const final = results.at(-1)
    const changed = isChange(text)
    if (changed) onChange(final?.affectedRows ?? 0)
    return {
      command: changed ? ('UPDATE' as const) : ('SELECT' as const),
      rowCount: final?.affectedRows ?? 0,
      rows: results.length > 1 ? results.flatMap((result) => result.rows) : (final?.rows ?? []),
    }
  }
  return { query: query as PostgresPoolClient['query'], release }
}

const isChange = (text: string) => /^\s*(?:insert|update|delete|merge|with)\b/i.test(text)

import path from 'node:path'
import { Kysely, PostgresDialect, sql, type PostgresPool, type Transaction } from 'kysely'
import { Migrator } from 'kysely/migration'
import { migrations } from '../migrations/migrations.ts'
import { holdDataFolder } from './databases/data-folder.ts'
import { openEmbedded, type EmbeddedPool } from './databases/embedded.ts'
import { openServer } from './databases/server.ts'
import { keepTidy } from './databases/tidy.ts'
import type { Tables } from './databases/tables.ts'
import { asMagpieError, MagpieError } from './errors.ts'
import type { Log } from './log.ts'
import { number, oneOf, optional, type Values } from './settings.ts'

export const databaseSettings = {
  DATABASE_URL: optional({
    means:
      'a PostgreSQL to use, as postgres://user:password@host/database; without it the embedded one in the data folder',
  }),
  DATABASE_CONNECTIONS: number({
    default: 10,
    min: 2,
    means: 'connections that one process opens to PostgreSQL',
  }),
  DATABASE_SYNC: oneOf(['on', 'off'], {
    default: 'on',
    means:
      'whether the embedded database waits for the disk at each commit; off is faster, and a loss of power may take the last commits back',
  }),
}

export { isDatabaseAway } from './databases/away.ts'
export { inTransaction, isCollision } from './databases/collisions.ts'
export type { Tables }
export type Db = Kysely<Tables>
export type Tx = Transaction<Tables>

/** The tables, in PostgreSQL or in the embedded one; the same SQL on both. */
export interface Database {
  readonly db: Db
  /** What the queue needs to know of where it runs. */
  readonly place:
    | { readonly kind: 'server'; readonly url: string }
    | { readonly kind: 'embedded'; readonly pool: EmbeddedPool }
  /** Tells the next process that wants the same data folder where this one can be reached. */
  announce(url: string): void
  close(): Promise<void>
}

/**
 * Opens the database, brings its tables up to date, and, when it is embedded, holds the data folder.
 * Throws `data_folder_in_use`, `data_folder_unwritable`, `database_unavailable`, `setting_invalid`.
 */
export async function openDatabase(
  settings: Values<typeof databaseSettings>,
  dataFolder: string,
  log: Log,
): Promise<Database> {
  const opened = settings.DATABASE_URL
    ? openOnServer(settings.DATABASE_URL, settings.DATABASE_CONNECTIONS, log)
    : await openInFolder(dataFolder, settings.DATABASE_SYNC === 'on', log)
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: opened.pool }) })
  const close = async () => {
    await db.destroy()
    await opened.release()
  }
  try {
    await migrate(db)
  } catch (cause) {
    await close().catch(() => undefined)
    throw asUnavailable(cause, opened.place.kind === 'server' ? opened.place : { folder: dataFolder })
  }
  return { db, place: opened.place, announce: opened.announce, close }
}

interface Opened {
  readonly pool: PostgresPool
  readonly place: Database['place']
  announce(url: string): void
  release(): Promise<void>
}

function openOnServer(url: string, connections: number, log: Log): Opened {
  checkScheme(url)
  const pool = openServer(url, connections, (cause) =>
    log.warn({ err: cause }, 'a database connection was lost'),
  )
  return { pool, place: { kind: 'server', url }, announce: () => undefined, release: async () => undefined }
}

async function openInFolder(dataFolder: string, sync: boolean, log: Log): Promise<Opened> {
  const held = await holdDataFolder(dataFolder)
  try {
    const pool = await openEmbedded(path.join(held.path, 'database'), sync)
    const stopTidying = keepTidy(pool, (cause) =>
      log.warn({ err: cause }, 'the database could not be tidied'),
    )
    return {
      pool,
      place: { kind: 'embedded', pool },
      announce: (url) => held.announce(url),
      async release() {
        stopTidying()
        await held.release()
      },
    }
  } catch (cause) {
    await held.release()
    throw asUnavailable(cause, { folder: dataFolder })
  }
}

async function migrate(db: Db): Promise<void> {
  // Asked first, so that an unreachable server is told from a failed migration.
  await sql`select 1`.execute(db)
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  const { error } = await migrator.migrateToLatest()
  if (error) throw error instanceof Error ? error : new Error(`migration failed: ${JSON.stringify(error)}`)
}

function asUnavailable(
  cause: unknown,
  at: { readonly url: string } | { readonly folder: string },
): MagpieError {
  if (cause instanceof MagpieError) return cause
  const why = asMagpieError(cause)
    .message.split('\n')[0]!
    .replace(/[.\s]*$/, '')
  if ('url' in at)
    return new MagpieError(
      'database_unavailable',
      `The database at ${withoutSecrets(at.url)} cannot be used: ${why}.`,
      { cause },
    )
  const folder = path.resolve(at.folder, 'database')
  return new MagpieError(
    'database_unavailable',
    `The embedded database in ${folder} cannot be opened: ${why}.`,
    {
      cause,
      remedy:
        'If its disk has room and no newer Magpie made it, it is damaged: restore the data folder from a backup, or move it away to begin anew.',
    },
  )
}

/** What is no PostgreSQL must not be looked for as one. */
function checkScheme(url: string): void {
  if (/^(?:postgres|postgresql|socket):|^\//i.test(url)) return
  // Without its user and password.
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0] ?? 'no scheme'
  throw new MagpieError(
    'setting_invalid',
    `DATABASE_URL must begin with postgres:// or postgresql://, got ${scheme}.`,
    {
      setting: 'DATABASE_URL',
      measured: scheme,
      remedy: 'Give the address of a PostgreSQL, or none: then the embedded database is used.',
    },
  )
}

function withoutSecrets(url: string): string {
  try {
    const parsed = new URL(url)
    return `${parsed.host}${parsed.pathname}`
  } catch {
    return 'the given address'
  }
}

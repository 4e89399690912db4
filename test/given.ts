import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject, onTestFinished } from 'vitest'
import { settings, type Config } from '../src/config.ts'
import { openDatabase, type Database } from '../src/database.ts'
import type { Magpie } from '../src/jobs/magpie.ts'
import { openLog, type Log } from '../src/log.ts'
import { openMagpie } from '../src/main.ts'
import { readSettings } from '../src/settings.ts'

/** Whether this run of a test file is the one on a PostgreSQL server. */
export const onServer = process.env['TEST_DATABASE'] === 'server'

/** False in the `server` project where there is no server: `describe.runIf(haveDatabase)`. */
export const haveDatabase = !onServer || inject('postgresUrl') !== null

export const silent: Log = openLog({ LOG_LEVEL: (process.env['TEST_LOG'] ?? 'silent') as 'silent' })

/** A place for one test's database and blobs, gone afterwards. */
export interface Place {
  readonly folder: string
  readonly config: Config
  remove(): Promise<void>
}

/** Makes an empty place: a folder, and on a server a database of its own; null is the embedded database. */
export async function aPlace(
  overrides: Readonly<Record<string, string>> = {},
  server = onServer ? inject('postgresUrl') : null,
): Promise<Place> {
  const folder = mkdtempSync(path.join(tmpdir(), 'magpie-test-'))
  const database = server === null ? null : await aDatabase(server)
  const config = readSettings(settings, {
    MAGPIE_DATA: folder,
    LOG_LEVEL: 'silent',
    DATABASE_SYNC: 'off',
    FETCH_ALLOW_PRIVATE: '127.0.0.1',
    ...(database && { DATABASE_URL: database.url }),
    ...overrides,
  })
  return {
    folder,
    config,
    async remove() {
      await database?.remove()
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function aDatabase(server: string) {
  const name = `magpie_${randomBytes(6).toString('hex')}`
  const run = async (statement: string) => {
    const client = new pg.Client({ connectionString: server })
    await client.connect()
    await client.query(statement)
    await client.end()
  }
  await run(`create database ${name}`)
  return {
    url: server.replace(/[^/]*$/, name),
    remove: () => run(`drop database if exists ${name} with (force)`),
  }
}

/** An open, empty database. */
export async function aTestDatabase(): Promise<Database & { remove(): Promise<void> }> {
  const place = await aPlace()
  const database = await openDatabase(place.config, place.folder, silent)
  return {
    ...database,
    async remove() {
      await database.close()
      await place.remove()
    },
  }
}

/** An open, empty Magpie. */
export async function aMagpie(
  overrides: Readonly<Record<string, string>> = {},
): Promise<Magpie & { place: Place; remove(): Promise<void> }> {
  const place = await aPlace(overrides)
  const magpie = await openMagpie(place.config, silent)
  return {
    ...magpie,
    place,
    async remove() {
      await magpie.close()
      await place.remove()
    },
  }
}

/** Resolves when the check holds: for what no event tells of, such as a row that another process writes. */
export async function until(check: () => boolean | Promise<boolean>, atMostMs = 30_000): Promise<void> {
  const startedMs = performance.now()
  while (!(await check())) {
    if (performance.now() - startedMs > atMostMs)
      throw new Error(`still not so after ${atMostMs} ms: ${String(check)}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Something to wait for, and the means to make it happen. */
export function aGate(): { readonly opened: Promise<void>; open(): void } {
  let open!: () => void
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open }
}

/** Another process of Node.js, which runs the TypeScript given; ended after the test at the latest. */
export function aProcess(script: string): ChildProcess & { said(words: string): Promise<string> } {
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    cwd: path.join(import.meta.dirname, '..'),
    env: { ...process.env, NODE_OPTIONS: '', NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  const heard = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
      heard.forEach((hear) => hear())
    })
  const said = (words: string) =>
    new Promise<string>((resolve, reject) => {
      const hear = () => output.includes(words) && resolve(output)
      heard.add(hear)
      child.once('close', () => reject(new Error(`it ended without saying "${words}": ${output}`)))
      hear()
    })
  return Object.assign(child, { said })
}

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { sql } from 'kysely'
import { settings } from '../src/config.ts'
import { openDatabase, type Db } from '../src/database.ts'
import { openLog } from '../src/log.ts'
import { openMagpie } from '../src/main.ts'
import { readSettings } from '../src/settings.ts'
import { startPostgres } from '../test/postgres.ts'
import { startPhotoServer } from './ingest.ts'
import { table } from './report.ts'

const photos = path.join(import.meta.dirname, '../../shared/data/photos')
const perPage = 20

/**
 * `npm run bench -- rows [--images 100000]`: what a row of each table takes on PostgreSQL, with its indexes. Real
 * photographs are ingested, and their rows are then copied, under ids of their own, until there are so many images.
 */
export async function run({ arguments: args }: { arguments: string[] }): Promise<void> {
  const { values } = parseArgs({ args, options: { images: { type: 'string', default: '100000' } } })
  if (!existsSync(photos)) return console.log('skipped: the photo corpus is not beside this checkout')
  const server = await startPostgres()
  if (!server) return
  const folder = mkdtempSync(path.join(tmpdir(), 'magpie-bench-'))
  try {
    const config = readSettings(settings, {
      ...{ MAGPIE_DATA: folder, DATABASE_URL: server.url, LOG_LEVEL: 'silent' },
      FETCH_ALLOW_PRIVATE: '127.0.0.1',
    })
    await ingestCorpus(config)
    const { db, close } = await openDatabase(config, folder, openLog(config))
    await copyRows(db, Number(values.images))
    console.log(`${table(['table', 'rows', 'bytes a row', 'of it indexes'], await sizes(db))}`)
    await close()
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function ingestCorpus(config: ReturnType<typeof readSettings<typeof settings>>): Promise<void> {
  const origin = await startPhotoServer('0', false)
  const magpie = await openMagpie(config, openLog(config))
  const stop = new AbortController()
  const working = magpie.work(stop.signal)
  try {
    const keep = { maxImages: perPage, minScore: 0, min: { width: 1, height: 1 } }
    await magpie.saveCatalog('bench', { keep, policy: { hostConcurrency: 32, hostDelayMs: 0 } })
    for (let page = 0; page < 240 / perPage; page++)
      await magpie.scrape({ url: `${origin.url}/pages/${page}.html?images=${perPage}`, catalog: 'bench' })
    const isOpen = ({ state }: { state: string }) => ['created', 'retry', 'active'].includes(state)
    while ((await magpie.queue.counts()).some(isOpen))
      await new Promise((resolve) => setTimeout(resolve, 200))
    const { items } = await magpie.listItems('bench', { cursor: null, limit: 1 })
    for (const { id, asset } of await magpie.images.ofItem(items[0]!.id))
      if (asset) await magpie.resolve({ id, version: null, variant: 'thumb', extension: 'auto' })
  } finally {
    stop.abort()
    await working
    await magpie.close()
    origin.process.kill()
  }
}

/** The tables, and what of a copied row has to be its own; `n` numbers the copies. */
const copied: Readonly<Record<string, readonly [column: string, as: string][]>> = {
  items: [
    ['id', uuid('id')],
    ['external_id', `external_id || n`],
  ],
  assets: [
    ['id', digest('id')],
    ['key', `left(key, 13) || ${digest('id')} || right(key, 4)`],
  ],
  images: [
    ['id', uuid('id')],
    ['item_id', uuid('item_id')],
    ['asset_id', `case when asset_id is not null then ${digest('asset_id')} end`],
    ['normal_url_digest', `left(${digest('normal_url_digest')}, length(normal_url_digest))`],
  ],
  variants: [
    ['asset_id', digest('asset_id')],
    ['key', `left(key, 12) || ${digest('asset_id')} || right(key, 20)`],
  ],
  'pgboss.job': [
    ['id', uuid('id')],
    ['singleton_key', `left(${digest('singleton_key')}, 40)`],
  ],
}

/** Ids come by the clock: those of a later copy lie behind those of an earlier one. */
function uuid(column: string): string {
  return `overlay(${column}::text placing lpad(to_hex(n), 4, '0') from 10 for 4)::uuid`
}
function digest(column: string): string {
  return `encode(sha256((${column} || n)::bytea), 'hex')`
}

async function copyRows(db: Db, images: number): Promise<void> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from images`.execute(db)
  const copies = Math.ceil(images / rows[0]!.count)
  // Copies have no parents until all are there.
  await sql`set session_replication_role = replica`.execute(db)
  for (const [name, columns] of Object.entries(copied)) {
    const own = columns.map(([column, as]) => `'${column}', ${as}`).join(', ')
    await sql
      .raw(
        `insert into ${name} select (jsonb_populate_record(t, jsonb_build_object(${own}))).*
         from ${name} t, generate_series(1, ${copies}) n order by n`,
      )
      .execute(db)
    await sql.raw(`vacuum analyze ${name}`).execute(db)
    console.error(`copied ${name}`)
  }
}

async function sizes(db: Db): Promise<string[][]> {
  const rows = []
  for (const name of Object.keys(copied)) {
    const { rows: found } = await sql<{ bytes: number; indexes: number; count: number }>`
      select sum(pg_total_relation_size(relid))::float8 as bytes, sum(pg_indexes_size(relid))::float8 as indexes,
        (select count(*) from ${sql.raw(name)})::int as count
      from (select relid from pg_partition_tree(${name}) union select ${name}::regclass) t`.execute(db)
    const { bytes, indexes, count } = found[0]!
    rows.push([name, String(count), (bytes / count).toFixed(0), (indexes / count).toFixed(0)])
  }
  return rows
}

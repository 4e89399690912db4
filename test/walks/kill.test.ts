import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import path from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openOrphans } from '../../src/catalog/orphans.ts'
import { openDatabase } from '../../src/database.ts'
import { openStores } from '../../src/storage/open-stores.ts'
import { aPlace, haveDatabase, silent, type Place } from '../given.ts'
import { items } from '../site/items.ts'
import { startSite, type Site } from '../site/server.ts'

const program = path.join(import.meta.dirname, '../../src/program.ts')
const dieAt = path.join(import.meta.dirname, 'die-at.ts')
const stages = [
  'after-claim',
  'before-rename',
  'after-put',
  'in-transaction',
  'before-commit',
  'after-commit',
]

describe.runIf(haveDatabase)('a scrape that is killed', () => {
  let site: Site
  let place: Place

  beforeAll(async () => {
    site = await startSite()
    place = await aPlace()
  })
  afterAll(async () => {
    await site.close()
    await place.remove()
  })

  const scrape = (dies?: string) =>
    magpie(['scrape', `${site.url}/`, ...items.map(({ slug }) => `${site.url}/items/${slug}`)], dies)

  const magpie = async (argv: readonly string[], dies?: string) => {
    const child = spawn(process.execPath, [...(dies ? ['--import', dieAt] : []), program, ...argv], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        MAGPIE_DATA: place.folder,
        FETCH_ALLOW_PRIVATE: `127.0.0.1:${site.port}`,
        ...(place.config.DATABASE_URL && { DATABASE_URL: place.config.DATABASE_URL }),
        ...(dies && { DIE_AT: dies }),
      },
    })
    let said = ''
    let out = ''
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    return new Promise<{ code: number | null; signal: string | null; said: string; out: string }>((resolve) =>
      child.on('close', (code, signal) => resolve({ code, signal, said, out })),
    )
  }

  it.each(stages)('leaves no row without its blob when it dies %s', async (stage) => {
    const died = await scrape(`${stage}:2`)
    expect(died, died.said).toMatchObject({ signal: 'SIGKILL' })
    expect(await withoutBlob(place)).toEqual([])
  })

  it('finishes when it is started again: every image has an end, none is there twice', async () => {
    const finished = await scrape()
    expect(finished, finished.said).toMatchObject({ code: 0 })
    expect(await withoutBlob(place)).toEqual([])
    const ends = await inDatabase(place, async (db) => {
      const states = await db
        .selectFrom('images')
        .select(['state', sql<number>`count(*)`.as('count')])
        .groupBy('state')
        .execute()
      const twice = await db
        .selectFrom('images')
        .select(['item_id', 'url'])
        .groupBy(['item_id', 'url'])
        .having(sql<boolean>`count(*) > 1`)
        .execute()
      const heroes = await db.selectFrom('images').select('item_id').where('hero', '=', true).execute()
      return {
        states: Object.fromEntries(states.map(({ state, count }) => [state, count])),
        twice,
        heroes: heroes.length,
      }
    })
    const expected = items
      .flatMap(({ pictures }) => pictures)
      .filter(({ fate }) => fate.state === 'failed').length
    expect(ends.states).toMatchObject({ failed: expected })
    expect(ends.states).not.toHaveProperty('pending')
    expect(ends.twice).toEqual([])
    expect(ends.heroes).toBe(items.length + 1)
  })

  it('leaves at worst blobs that no row names, and a sweep takes those and nothing else', async () => {
    const swept = await magpie(['sweep', '--grace', '0s', '--json'])
    expect(swept, swept.said).toMatchObject({ code: 0 })
    expect(JSON.parse(swept.out)).toMatchObject({ assets: 0, goneImages: 0 })
    expect(await withoutBlob(place)).toEqual([])
    expect(JSON.parse((await magpie(['sweep', '--grace', '0s', '--dry-run', '--json'])).out)).toMatchObject({
      unknownBlobs: 0,
    })
  })

  it('has fetched nothing again but what was in its hands when it died', () => {
    const pictures = site.requests.filter(({ path, status }) => path.startsWith('/photos/') && status === 200)
    const again = pictures.length - new Set(pictures.map(({ path }) => path)).size
    // Of each death at most what one process has under way at once.
    expect(again).toBeLessThanOrEqual(stages.length * 32)
    expect(again).toBeLessThan(pictures.length)
  })
})

/** Runs a look at the tables of a place that no process uses. */
async function inDatabase<T>(
  place: Place,
  look: (db: Awaited<ReturnType<typeof openDatabase>>['db']) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(place.config, place.folder, silent)
  try {
    return await look(database.db)
  } finally {
    await database.close()
  }
}

/** The assets whose blob is missing, short or damaged. */
async function withoutBlob(place: Place): Promise<string[]> {
  return inDatabase(place, async (db) => {
    const stores = await openStores(place.config, {
      dataFolder: place.folder,
      inUse: [],
      isNew: async (store) => !(await openOrphans(db).haveAssets(store)),
    })
    const assets = await db.selectFrom('assets').select(['id', 'key']).execute()
    const bad = []
    for (const { id, key } of assets) {
      const bytes = await stores
        .get('disk')
        .read(key)
        .catch(() => new Uint8Array())
      if (createHash('sha256').update(bytes).digest('hex') !== id) bad.push(key)
    }
    return bad
  })
}

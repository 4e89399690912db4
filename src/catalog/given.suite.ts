import { createHash } from 'node:crypto'
import { sql, type KyselyPlugin } from 'kysely'
import { aTestDatabase } from '../../test/given.ts'
import type { Db, Tx } from '../database.ts'
import type { Facts } from '../imaging/facts.ts'
import type { Asset } from './asset.ts'
import { openAssets } from './assets.ts'
import { catalogDefaults } from './catalog.ts'
import { openCatalogs } from './catalogs.ts'
import type { Accepted, Image, Rejected } from './image.ts'
import type { AssetId, ImageId, ItemId } from './ids.ts'
import { openImages } from './open-images.ts'
import { openItems } from './items.ts'
import { openOrphans } from './orphans.ts'
import { termsOf } from './policy.ts'
import { recordCandidates, type ChosenCandidate } from './record.ts'
import { openStats } from './stats.ts'

export const freshness = { freshForMs: 3_600_000 }

/** A candidate as discovery hands it over; the number tells it from others. */
export const candidate = (number: number, changes: Partial<ChosenCandidate> = {}): ChosenCandidate => ({
  url: `https://shop.example/${number}.jpg`,
  normalUrl: `https://shop.example/${number}.jpg`,
  position: number,
  foundIn: 'img',
  declaredPrimary: false,
  altText: null,
  context: null,
  declared: {},
  expected: { score: 60, kind: 'product', reasons: [] },
  refused: null,
  ...changes,
})

export const refused: Rejected = { accepted: false, reason: 'graphic', detail: 'a logo' }

export const accepted = (changes: Partial<Accepted> = {}): Accepted => ({
  accepted: true,
  score: 60,
  parts: {
    resolution: 60,
    sharpness: 0,
    detail: 0,
    exposure: 0,
    contrast: 0,
    shape: 0,
    context: 0,
    deductions: 0,
  },
  kind: 'product',
  hero: false,
  reasons: ['1200×1000'],
  ...changes,
})

/** An asset of bytes that are nowhere: the tables do not look. */
export function asset(name: string, byteSize = 1_000): Asset {
  const digest = createHash('sha256').update(name).digest('hex')
  const facts = { mediaType: 'image/jpeg', digest, byteSize, bounds: { width: 1200, height: 1000 } } as Facts
  const blob = { store: 'memory', key: `originals/${digest}.jpg`, mediaType: 'image/jpeg', byteSize } as const
  return { id: digest as AssetId, blob, facts }
}

/** How the database finds what is asked for: the plans of all statements. */
export async function plansOf(db: Db, ask: (db: Db) => Promise<unknown>): Promise<string> {
  const plans: Promise<{ rows: readonly unknown[] }>[] = []
  const explaining: KyselyPlugin = {
    transformQuery({ node, queryId }) {
      const executor = db.getExecutor()
      const query = executor.compileQuery(node, queryId)
      plans.push(executor.executeQuery({ ...query, sql: `explain ${query.sql}` }))
      return node
    },
    transformResult: async ({ result }) => result,
  }
  await ask(db.withPlugin(explaining))
  return JSON.stringify((await Promise.all(plans)).map(({ rows }) => rows))
}

/** The room on a database of its own, and what tests do again and again. */
export async function aCatalogRoom() {
  const database = await aTestDatabase()
  const { db } = database
  const rooms = {
    catalogs: openCatalogs(db),
    items: openItems(db),
    images: openImages(db),
    assets: openAssets(db),
    orphans: openOrphans(db),
    stats: openStats(db),
  }
  const inTransaction = <T>(go: (tx: Tx) => Promise<T>) => db.transaction().execute(go)
  let items = 0
  return {
    ...rooms,
    db,
    inTransaction,
    remove: () => database.remove(),
    async anItem(catalog = 'shop'): Promise<ItemId> {
      await rooms.catalogs.ensure(catalog)
      const externalId = `item-${(items += 1)}`
      return inTransaction((tx) => rooms.items.save(tx, { catalog, externalId, sources: [] }))
    },
    record: (itemId: ItemId, candidates: readonly ChosenCandidate[]) =>
      inTransaction((tx) => recordCandidates(tx, itemId, candidates, freshness)),
    image: async (id: ImageId): Promise<Image> => (await rooms.images.find(id))!,
    /** The image shows the asset from now on. */
    async show(image: Image, shown: Asset, changes: Partial<Accepted> = {}, tx?: Tx): Promise<void> {
      const terms = termsOf(catalogDefaults.policy)
      const held = { assetId: shown.id, verdict: accepted(changes), validators: { etag: '"1"' }, terms }
      const write = async (within: Tx) => {
        await rooms.assets.save(within, shown)
        await rooms.images.hold(within, image, held)
      }
      await (tx ? write(tx) : inTransaction(write))
    },
    /** As if everything in the images' table had happened that much earlier. */
    async age(ms: number): Promise<void> {
      await later(db, 'images', ['fetched_at', 'failed_at', 'gone_since'], ms)
      await later(db, 'assets', ['touched_at'], ms)
    },
  }
}

export type CatalogRoom = Awaited<ReturnType<typeof aCatalogRoom>>

async function later(db: Db, table: string, columns: readonly string[], ms: number): Promise<void> {
  const sets = columns.map((column) => sql`${sql.ref(column)} = ${sql.ref(column)} - ${ms} * interval '1 ms'`)
  await sql`update ${sql.table(table)} set ${sql.join(sets)}`.execute(db)
}

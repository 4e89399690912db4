import { sql, type Selectable } from 'kysely'
import type { Db, Tables, Tx } from '../database.ts'
import type { ErrorCode } from '../errors.ts'
import type { Signals } from '../fetch/fetcher.ts'
import type { Catalog } from './catalog.ts'
import { fromRow as catalogFromRow } from './catalogs.ts'
import { newId, type ItemId } from './ids.ts'
import type { Item, Source } from './item.ts'
import { progressOf, type Followed, type Progress } from './progress.ts'
import { storable, storableJson } from './storable.ts'

/** What a source answered last, kept so that it need not be read again while it stays the same. */
export interface SourceState {
  readonly etag?: string
  readonly lastModified?: string
  /** Which rules read it; other rules may find more on the same page. */
  readonly readBy: string
  /** What it said of the use of what is on it. */
  readonly signals?: Signals
  /** Where a browser was needed to read it. */
  readonly rendering?: Rendering
}

/** That a page is filled in by scripts, and whether a browser did that. */
export interface Rendering {
  /** Why it seems to need a browser, for people; null where it was rendered because somebody wanted it. */
  readonly needed: string | null
  readonly done: boolean
  /** What would show more, for people; null when there is nothing to do. */
  readonly hint: string | null
}

/** Why an item's sources could not be read. */
export interface DiscoveryFailure {
  readonly code: ErrorCode
  readonly message: string
  readonly at: string
  /** When they are tried again by themselves; null when they are not. */
  readonly nextAttemptAt: string | null
}

export interface FoundItem {
  readonly item: Item
  readonly catalog: Catalog
  readonly sourceStates: Readonly<Record<string, SourceState>>
  readonly failure: DiscoveryFailure | null
  /** Whether its source was ever read. */
  readonly isRead: boolean
}

export interface NewItem {
  readonly catalog: string
  readonly externalId: string
  readonly title?: string
  readonly sources: readonly Source[]
  /** Limits of its own, over those of its catalogue. */
  readonly keep?: Partial<Catalog['keep']>
}

/** The items' table. */
export interface Items {
  find(id: ItemId): Promise<FoundItem | null>
  findByExternalId(catalog: string, externalId: string): Promise<FoundItem | null>
  /** Saves an item under its catalogue's key; a title that we learnt from its page is not overwritten by none. */
  save(tx: Tx, item: NewItem): Promise<ItemId>
  recordDiscovery(
    tx: Tx,
    id: ItemId,
    found: { title: string | null; url: string; state: SourceState },
  ): Promise<void>
  /** The source could be read, and is as it was. */
  recordUnchanged(tx: Tx, id: ItemId): Promise<void>
  recordFailure(
    tx: Tx,
    id: ItemId,
    failure: Omit<DiscoveryFailure, 'at' | 'nextAttemptAt'> & { nextAttemptInMs: number | null },
  ): Promise<void>
  recordArranged(tx: Tx, id: ItemId): Promise<void>
  /** Active items of a catalogue that can be read somewhere, in the order of their ids, after one of them. */
  activeAfter(catalog: string, after: ItemId | null, limit: number): Promise<readonly ItemId[]>
  countActive(catalog: string): Promise<number>
  /** The database's clock, for `progress`. */
  now(): Promise<Date>
  progress(which: Followed, since: Date): Promise<Progress>
}

export function openItems(db: Db): Items {
  const one = async (where: (query: ReturnType<typeof selection>) => ReturnType<typeof selection>) => {
    const row = await where(selection()).executeTakeFirst()
    return row ? fromRow(row) : null
  }
  const selection = () =>
    db
      .selectFrom('items')
      .innerJoin('catalogs', 'catalogs.name', 'items.catalog')
      .selectAll('items')
      .select('catalogs.settings')
  return {
    find: (id) => one((query) => query.where('items.id', '=', id)),
    findByExternalId: (catalog, externalId) =>
      one((query) => query.where('items.catalog', '=', catalog).where('items.external_id', '=', externalId)),
    save,
    recordDiscovery,
    async recordUnchanged(tx, id) {
      await tx
        .updateTable('items')
        .set({ discovered_at: sql`now()`, failure: null })
        .where('id', '=', id)
        .execute()
    },
    recordFailure,
    async now() {
      const { rows } = await sql<{ now: Date }>`select now() as now`.execute(db)
      return rows[0]!.now
    },
    progress: (which, since) => progressOf(db, which, since),
    activeAfter: (catalog, after, limit) => activeAfter(db, catalog, after, limit),
    countActive: (catalog) => countActive(db, catalog),
    async recordArranged(tx, id) {
      await tx
        .updateTable('items')
        .set({ arranged_at: sql`now()` })
        .where('id', '=', id)
        .execute()
    },
  }
}

async function save(tx: Tx, item: NewItem): Promise<ItemId> {
  const { id } = await tx
    .insertInto('items')
    .values({
      id: newId<'item'>(),
      catalog: item.catalog,
      external_id: item.externalId,
      title: storable(item.title ?? ''),
      attributes: '{}',
      sources: storableJson(item.sources),
      source_states: '{}',
      keep: item.keep ? JSON.stringify(item.keep) : null,
    })
    .onConflict((conflict) =>
      conflict.columns(['catalog', 'external_id']).doUpdateSet((to) => ({
        title: sql`coalesce(nullif(${to.ref('excluded.title')}, ''), items.title)`,
        sources: to.ref('excluded.sources'),
        keep: to.ref('excluded.keep'),
        updated_at: sql`now()`,
      })),
    )
    .returning('id')
    .executeTakeFirstOrThrow()
  return id as ItemId
}

const recordDiscovery: Items['recordDiscovery'] = async (tx, id, { title, url, state }) => {
  await tx
    .updateTable('items')
    .set({
      // What the catalogue calls it outranks what its page does.
      title: sql`coalesce(nullif(title, ''), ${storable(title ?? '')})`,
      source_states: sql`source_states || jsonb_build_object(${url}::text, ${JSON.stringify(state)}::jsonb)`,
      discovered_at: sql`now()`,
      failure: null,
      updated_at: sql`now()`,
    })
    .where('id', '=', id)
    .execute()
}

const recordFailure: Items['recordFailure'] = async (tx, id, { nextAttemptInMs, ...failure }) => {
  await tx
    .updateTable('items')
    .set({
      failure: sql`jsonb_build_object('at', now(),
        'nextAttemptAt', now() + ${nextAttemptInMs}::float8 * interval '1 ms') || ${storableJson(failure)}::jsonb`,
      updated_at: sql`now()`,
    })
    .where('id', '=', id)
    .execute()
}

const active = (db: Db, catalog: string) =>
  db
    .selectFrom('items')
    .where('catalog', '=', catalog)
    .where('status', '=', 'active')
    .where(sql<boolean>`sources <> '[]'`)

async function countActive(db: Db, catalog: string): Promise<number> {
  const { count } = await active(db, catalog)
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

async function activeAfter(
  db: Db,
  catalog: string,
  after: ItemId | null,
  limit: number,
): Promise<readonly ItemId[]> {
  const rows = await active(db, catalog)
    .select('id')
    .$if(after !== null, (query) => query.where('id', '>', after))
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(({ id }) => id as ItemId)
}

export type ItemRow = Selectable<Tables['items']>

export const itemFromRow = (row: ItemRow): Item => ({
  id: row.id as ItemId,
  catalog: row.catalog,
  externalId: row.external_id,
  title: row.title,
  attributes: row.attributes,
  sources: row.sources as Source[],
  status: row.status as Item['status'],
  eligible: row.eligible,
  mediaChangedAt: row.media_changed_at,
})

const fromRow = (row: ItemRow & { settings: unknown }): FoundItem => ({
  item: itemFromRow(row),
  catalog: catalogFromRow({ name: row.catalog, settings: row.settings }, row.keep),
  sourceStates: row.source_states as Record<string, SourceState>,
  failure: row.failure as DiscoveryFailure | null,
  isRead: row.discovered_at !== null,
})

import { sql, type Selectable } from 'kysely'
import type { Db, Tables, Tx } from '../database.ts'
import type { ErrorCode } from '../errors.ts'
import type { Catalog } from './catalog.ts'
import { fromRow as catalogFromRow } from './catalogs.ts'
import { newId, type ItemId } from './ids.ts'
import type { Item, Source } from './item.ts'

/** What a source answered last, kept so that it need not be read again while it stays the same. */
export interface SourceState {
  readonly etag?: string
  readonly lastModified?: string
  /** Which rules read it; other rules may find more on the same page. */
  readonly readBy: string
}

/** Why an item's sources could not be read. */
export interface DiscoveryFailure {
  readonly code: ErrorCode
  readonly message: string
  readonly at: string
}

export interface FoundItem {
  readonly item: Item
  readonly catalog: Catalog
  readonly sourceStates: Readonly<Record<string, SourceState>>
  readonly failure: DiscoveryFailure | null
}

export interface NewItem {
  readonly catalog: string
  readonly externalId: string
  readonly title?: string
  readonly sources: readonly Source[]
}

/** The items' table. */
export interface Items {
  find(id: ItemId): Promise<FoundItem | null>
  findByExternalId(catalog: string, externalId: string): Promise<FoundItem | null>
  /** Saves an item under its catalogue's key; a title that we learnt from its page is not overwritten by none. */
  save(tx: Tx, item: NewItem): Promise<ItemId>
  recordDiscovery(tx: Tx, id: ItemId, found: { title: string | null; url: string; state: SourceState }): Promise<void>
  recordFailure(tx: Tx, id: ItemId, failure: DiscoveryFailure): Promise<void>
  recordArranged(tx: Tx, id: ItemId): Promise<void>
}

export function openItems(db: Db): Items {
  const one = async (where: (query: ReturnType<typeof selection>) => ReturnType<typeof selection>) => {
    const row = await where(selection()).executeTakeFirst()
    return row ? fromRow(row) : null
  }
  const selection = () =>
    db.selectFrom('items').innerJoin('catalogs', 'catalogs.name', 'items.catalog').selectAll('items').select('catalogs.settings')
  return {
    find: (id) => one((query) => query.where('items.id', '=', id)),
    findByExternalId: (catalog, externalId) =>
      one((query) => query.where('items.catalog', '=', catalog).where('items.external_id', '=', externalId)),
    save,
    async recordDiscovery(tx, id, { title, url, state }) {
      await tx
        .updateTable('items')
        .set({
          // What the catalogue calls it outranks what its page does.
          title: sql`coalesce(nullif(title, ''), ${title ?? ''})`,
          source_states: sql`source_states || jsonb_build_object(${url}::text, ${JSON.stringify(state)}::jsonb)`,
          discovered_at: sql`now()`,
          failure: null,
          updated_at: sql`now()`,
        })
        .where('id', '=', id)
        .execute()
    },
    async recordFailure(tx, id, failure) {
      await tx
        .updateTable('items')
        .set({ failure: JSON.stringify(failure), updated_at: sql`now()` })
        .where('id', '=', id)
        .execute()
    },
    async recordArranged(tx, id) {
      await tx.updateTable('items').set({ arranged_at: sql`now()` }).where('id', '=', id).execute()
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
      title: item.title ?? '',
      attributes: '{}',
      sources: JSON.stringify(item.sources),
      source_states: '{}',
    })
    .onConflict((conflict) =>
      conflict.columns(['catalog', 'external_id']).doUpdateSet((to) => ({
        title: sql`coalesce(nullif(${to.ref('excluded.title')}, ''), items.title)`,
        sources: to.ref('excluded.sources'),
        updated_at: sql`now()`,
      })),
    )
    .returning('id')
    .executeTakeFirstOrThrow()
  return id as ItemId
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
  catalog: catalogFromRow({ name: row.catalog, settings: row.settings }),
  sourceStates: row.source_states as Record<string, SourceState>,
  failure: row.failure as DiscoveryFailure | null,
})

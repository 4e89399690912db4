import { sql } from 'kysely'
import type { Db } from '../database.ts'
import { assetFromRow, type AssetRow } from './assets.ts'
import { batched } from './batched.ts'
import type { Catalog } from './catalog.ts'
import { fromRow as catalogFromRow } from './catalogs.ts'
import type { Images, ShownImage, ToIngest, Twin } from './images.ts'
import { imageFromRow, noState, type ImageRow } from './image-row.ts'
import { settledNow, fail, hold, markGone, place, reject, reopen, reconsider } from './image-states.ts'
import type { ImageId, ItemId } from './ids.ts'
import { termsOf } from './policy.ts'
import { twinsOf } from './twins.ts'

export function openImages(db: Db): Images {
  return {
    find: (id) => find(db, id),
    findToIngest: findAllToIngest(db),
    hold,
    reject,
    fail,
    markGone,
    settledNow,
    ofItem: (itemId) => ofItem(db, itemId),
    ofItemIn: ofItem,
    reopen,
    place,
    reconsider,
    async promote(tx, ids) {
      await tx
        .updateTable('images')
        .set({ ...noState, state: 'pending' })
        .where('id', 'in', ids)
        .execute()
    },
  }
}

async function ofItem(db: Db, itemId: ItemId): Promise<readonly ShownImage[]> {
  const rows = await db
    .selectFrom('images')
    .leftJoin('assets', 'assets.id', 'images.asset_id')
    .selectAll('images')
    .select(assetColumn)
    .where('item_id', '=', itemId)
    .orderBy('position')
    .orderBy('images.id')
    .execute()
  return rows.map((row) => ({ ...imageFromRow(row), asset: row.asset ? assetFromRow(row.asset) : null }))
}

async function find(db: Db, id: ImageId): Promise<(ShownImage & { catalog: string }) | null> {
  const row = await db
    .selectFrom('images')
    .innerJoin('items', 'items.id', 'images.item_id')
    .leftJoin('assets', 'assets.id', 'images.asset_id')
    .selectAll('images')
    .select(['items.catalog', assetColumn])
    .where('images.id', '=', id)
    .executeTakeFirst()
  return row
    ? { ...imageFromRow(row), asset: row.asset ? assetFromRow(row.asset) : null, catalog: row.catalog }
    : null
}

const assetColumn = sql<AssetRow | null>`to_jsonb(assets)`.as('asset')

const findAllToIngest = (db: Db) =>
  batched<ImageId, ToIngest | null>(async (ids) => {
    const rows = await db
      .selectFrom('images')
      .innerJoin('items', 'items.id', 'images.item_id')
      .innerJoin('catalogs', 'catalogs.name', 'items.catalog')
      .leftJoin('assets', 'assets.id', 'images.asset_id')
      .selectAll('images')
      .select(['items.catalog', 'items.keep', 'catalogs.settings'])
      .select(assetColumn)
      .where('images.id', 'in', ids)
      .execute()
    const found = rows.map((row) => [row, catalogOfRow(row)] as const)
    const empty = found.filter(([{ asset }]) => !asset)
    const twins = await twinsOf(
      db,
      empty.map(([{ id, normal_url_digest: urlDigest }, { policy, keep }]) => ({
        id,
        urlDigest,
        terms: termsOf(policy, keep.largest),
      })),
    )
    const all = new Map(found.map(([row, catalog]) => [row.id, toIngest(row, catalog, twins.get(row.id))]))
    return ids.map((id) => all.get(id) ?? null)
  })

interface ToIngestRow extends ImageRow {
  readonly catalog: string
  readonly keep: unknown
  readonly settings: unknown
  readonly asset: AssetRow | null
}

const catalogOfRow = ({ catalog, settings, keep }: ToIngestRow) =>
  catalogFromRow({ name: catalog, settings }, keep)

const toIngest = (
  { asset, validators, ...row }: ToIngestRow,
  catalog: Catalog,
  twin: Twin | null = null,
): ToIngest => ({
  image: imageFromRow({ ...row, validators }),
  catalog,
  held: asset
    ? { asset: assetFromRow(asset), validators: validators ?? {}, fetchedUrl: row.fetched_url }
    : null,
  twin,
})

import { sql, type ExpressionBuilder } from 'kysely'
import type { Db, Tables, Tx } from '../database.ts'
import type { Validators } from '../fetch/fetcher.ts'
import { assetFromRow, type AssetRow } from './assets.ts'
import type { Asset } from './asset.ts'
import { batched } from './batched.ts'
import type { Catalog } from './catalog.ts'
import { fromRow as catalogFromRow } from './catalogs.ts'
import type { Accepted, Failure, Image, Rejected } from './image.ts'
import { imageFromRow, noState, type ImageRow } from './image-row.ts'
import { settledNow, fail, hold, markGone, place, reject, reopen, reconsider } from './image-states.ts'
import type { AssetId, ImageId, ItemId } from './ids.ts'

/** An image about to be ingested, with all that decides how. */
export interface ToIngest {
  readonly image: Image
  readonly catalog: Catalog
  /** What it showed last, if we still hold that, with the validators to ask the source by. */
  readonly held: { readonly asset: Asset; readonly validators: Validators } | null
  /** What another image with the same URL shows, in whatever item; looked for only where nothing is held. */
  readonly twin: Twin | null
}

/** A held image of the same URL, in whatever item. */
export interface Twin {
  readonly asset: Asset
  readonly validators: Validators
  readonly fetchedAt: Date
}

/** An image with the facts of the bytes it shows. */
export type ShownImage = Image & { readonly asset: Asset | null }

/** An image whose source is to be asked. */
export interface Due {
  readonly id: ImageId
  readonly url: string
}

/** What an arrangement decided for one image. */
export type Placement =
  | { readonly id: ImageId; readonly rank: number; readonly verdict: Accepted }
  | { readonly id: ImageId; readonly verdict: Rejected }

/** The images' table. What writes takes a transaction, and writes only if the image is still the one we set out for. */
export interface Images {
  find(id: ImageId): Promise<(ShownImage & { readonly catalog: string }) | null>
  findToIngest(id: ImageId): Promise<ToIngest | null>
  hold(
    tx: Tx,
    image: Image,
    held: { assetId: AssetId; verdict: Accepted; validators: Validators; fetchedAt?: Date },
  ): Promise<void>
  reject(
    tx: Tx,
    image: Image,
    rejected: { verdict: Rejected; assetId: AssetId | null; validators: Validators | null },
  ): Promise<void>
  /**
   * A stale image stays in use, with the failure noted; a pending one becomes `failed`. One that another job has settled
   * meanwhile stays as it is, and null is answered.
   */
  fail(tx: Tx, id: ImageId, failure: Omit<Failure, 'failedAt'>): Promise<ItemId | null>
  markGone(tx: Tx, id: ImageId): Promise<ItemId | null>
  /**
   * Whether none of the item's images waits any more; of several who ask at once, one is told. Locks the item, so that
   * of two workers that settle its last two images one sees the other.
   */
  settledNow(tx: Tx, itemId: ItemId): Promise<boolean>
  ofItem(itemId: ItemId): Promise<readonly ShownImage[]>
  /** The same inside a transaction, for deciding on what is then written. */
  ofItemIn(tx: Tx, itemId: ItemId): Promise<readonly ShownImage[]>
  /** Images whose source is to be asked again although their page is the same: held too long, failed in passing, or waiting. */
  reopen(tx: Tx, itemId: ItemId, freshness: Catalog['freshness']): Promise<readonly Due[]>
  place(tx: Tx, itemId: ItemId, placements: readonly Placement[]): Promise<void>
  /** Images whose bytes were judged unfit by limits that are no more become pending: they were not kept. */
  reconsider(tx: Tx, itemId: ItemId): Promise<void>
  /** Images refused as surplus before they were fetched become pending. */
  promote(tx: Tx, ids: readonly ImageId[]): Promise<void>
}

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
      .leftJoinLateral(twinOfImage, (join) => join.onTrue())
      .selectAll('images')
      .select(['items.catalog', 'items.keep', 'catalogs.settings', 'twin.twin'])
      .select(assetColumn)
      .where('images.id', 'in', ids)
      .execute()
    const found = new Map(rows.map((row) => [row.id, toIngestFromRow(row)]))
    return ids.map((id) => found.get(id) ?? null)
  })

/** The most recently fetched image with the same URL, for an image that holds nothing yet. */
const twinOfImage = ({ selectFrom }: ExpressionBuilder<Tables, 'images'>) =>
  selectFrom('images as other')
    .innerJoin('assets', 'assets.id', 'other.asset_id')
    .select(
      sql<TwinRow>`jsonb_build_object('asset', to_jsonb(assets), 'validators', other.validators,
        'fetchedAt', other.fetched_at)`.as('twin'),
    )
    .whereRef('other.normal_url_digest', '=', 'images.normal_url_digest')
    .whereRef('other.id', '<>', 'images.id')
    .where('other.state', '=', 'ready')
    .where('images.asset_id', 'is', null)
    .orderBy('other.fetched_at', 'desc')
    .limit(1)
    .as('twin')

interface TwinRow {
  readonly asset: AssetRow
  readonly validators: Validators | null
  readonly fetchedAt: string
}

interface ToIngestRow extends ImageRow {
  readonly catalog: string
  readonly keep: unknown
  readonly settings: unknown
  readonly asset: AssetRow | null
  readonly twin: TwinRow | null
}

const toIngestFromRow = ({ twin, asset, validators, ...row }: ToIngestRow): ToIngest => ({
  image: imageFromRow({ ...row, validators }),
  catalog: catalogFromRow({ name: row.catalog, settings: row.settings }, row.keep),
  held: asset ? { asset: assetFromRow(asset), validators: validators ?? {} } : null,
  twin: twin && {
    asset: assetFromRow(twin.asset),
    validators: twin.validators ?? {},
    fetchedAt: new Date(twin.fetchedAt),
  },
})

import { sql, type ExpressionBuilder } from 'kysely'
import type { Db, Tables } from '../database.ts'
import type { Signals, Validators } from '../fetch/fetcher.ts'
import { assetFromRow, type AssetRow } from './assets.ts'
import { batched } from './batched.ts'
import { fromRow as catalogFromRow } from './catalogs.ts'
import type { Images, ShownImage, ToIngest } from './images.ts'
import { imageFromRow, noState, type ImageRow } from './image-row.ts'
import { settledNow, fail, hold, markGone, place, reject, reopen, reconsider } from './image-states.ts'
import type { ImageId, ItemId } from './ids.ts'

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
        'signals', other.signals, 'fetchedAt', other.fetched_at)`.as('twin'),
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
  readonly signals: Signals | null
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
    signals: twin.signals ?? undefined,
    fetchedAt: new Date(twin.fetchedAt),
  },
})

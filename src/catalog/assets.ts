import { sql, type Selectable } from 'kysely'
import type { Db, Tables, Tx } from '../database.ts'
import type { Facts } from '../imaging/facts.ts'
import type { BlobRef, StoreName } from '../storage/blob-store.ts'
import type { Asset } from './asset.ts'
import { batchedIn } from './batched.ts'
import type { AssetId } from './ids.ts'

/** An asset rendered to a spec and stored. */
export interface Variant {
  readonly assetId: AssetId
  readonly specDigest: string
  readonly name: string
  readonly blob: BlobRef
  readonly width: number
  readonly height: number
}

/** The tables of assets and their variants. */
export interface Assets {
  find(id: AssetId): Promise<Asset | null>
  /**
   * Says that an ingest relies on the asset from now on, so that a sweep spares it, and answers whether it is there.
   * To be called before its bytes are put: a sweep that came first took the row too, one that comes later sees this.
   */
  touch(id: AssetId): Promise<Asset | null>
  save(tx: Tx, asset: Asset): Promise<void>
  findVariant(id: AssetId, specDigest: string): Promise<Variant | null>
  saveVariant(tx: Tx, variant: Variant): Promise<void>
}

/** Shorter than a sweep's shortest grace by more than a job may last; a read is cheaper than a write. */
const touchEveryMs = 600_000

export function openAssets(db: Db): Assets {
  return {
    async find(id) {
      const row = await db.selectFrom('assets').selectAll().where('id', '=', id).executeTakeFirst()
      return row ? assetFromRow(row) : null
    },
    async touch(id) {
      const row = await db
        .selectFrom('assets')
        .selectAll()
        .select(sql<boolean>`touched_at < now() - ${touchEveryMs} * interval '1 ms'`.as('is_due'))
        .where('id', '=', id)
        .executeTakeFirst()
      if (!row?.is_due) return row ? assetFromRow(row) : null
      const touched = await db
        .updateTable('assets')
        .set({ touched_at: sql`now()` })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst()
      return touched ? assetFromRow(touched) : null
    },
    save: saveAssets,
    async findVariant(id, specDigest) {
      const row = await db
        .selectFrom('variants')
        .selectAll()
        .where('asset_id', '=', id)
        .where('spec_digest', '=', specDigest)
        .executeTakeFirst()
      return row ? variantFromRow(row) : null
    },
    saveVariant,
  }
}

const saveAssets = batchedIn(async (tx, all: readonly Asset[]) => {
  // In the order of their ids, so that two workers with the same two assets do not wait for each other.
  const single = [...new Map(all.map((asset) => [asset.id, asset])).values()].sort((a, b) =>
    a.id < b.id ? -1 : 1,
  )
  const rows = single.map(({ id, blob, facts }) => ({
    id,
    store: blob.store,
    key: blob.key,
    media_type: facts.mediaType,
    byte_size: facts.byteSize,
    width: facts.bounds.width,
    height: facts.bounds.height,
    facts: JSON.stringify(facts),
  }))
  await tx
    .insertInto('assets')
    .values(rows)
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ touched_at: sql`now()` }))
    .execute()
  return all.map(() => undefined)
})

async function saveVariant(tx: Tx, variant: Variant): Promise<void> {
  const { blob } = variant
  await tx
    .insertInto('variants')
    .values({
      asset_id: variant.assetId,
      spec_digest: variant.specDigest,
      name: variant.name,
      store: blob.store,
      key: blob.key,
      media_type: blob.mediaType,
      byte_size: blob.byteSize,
      width: variant.width,
      height: variant.height,
    })
    .onConflict((conflict) =>
      conflict.columns(['asset_id', 'spec_digest']).doUpdateSet((to) => ({
        key: to.ref('excluded.key'),
        store: to.ref('excluded.store'),
        byte_size: to.ref('excluded.byte_size'),
      })),
    )
    .execute()
}

interface BlobColumns {
  readonly store: string
  readonly key: string
  readonly media_type: string
  readonly byte_size: number
}

export const blobFromRow = (row: BlobColumns): BlobRef => ({
  store: row.store as StoreName,
  key: row.key,
  mediaType: row.media_type,
  byteSize: row.byte_size,
})

export type AssetRow = Selectable<Tables['assets']>

export const assetFromRow = (row: AssetRow): Asset => ({
  id: row.id as AssetId,
  blob: blobFromRow(row),
  facts: row.facts as unknown as Facts,
})

const variantFromRow = (row: Selectable<Tables['variants']>): Variant => ({
  assetId: row.asset_id as AssetId,
  specDigest: row.spec_digest,
  name: row.name,
  blob: blobFromRow(row),
  width: row.width,
  height: row.height,
})

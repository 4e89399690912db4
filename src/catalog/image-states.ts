import { sql } from 'kysely'
import type { Tx } from '../database.ts'
import { codeOf, errorCodes } from '../errors.ts'
import type { Image } from './image.ts'
import { noState } from './image-row.ts'
import type { Images } from './images.ts'
import type { ImageId, ItemId } from './ids.ts'

/** The row, if it still is what we set out with. */
const unchanged = (tx: Tx, image: Image) =>
  tx
    .updateTable('images')
    .where('id', '=', image.id)
    .where('url', '=', image.url)
    .where('version', '=', image.version)

export const hold: Images['hold'] = async (tx, image, { assetId, verdict, validators, fetchedAt }) => {
  await unchanged(tx, image)
    .set({
      ...noState,
      state: 'ready',
      // Another picture at the same URL is another version, with another public address.
      version: sql`version + (asset_id is distinct from ${assetId})::int`,
      asset_id: assetId,
      rank: sql`coalesce(rank, position)`,
      score: verdict.score,
      kind: verdict.kind,
      verdict: JSON.stringify(verdict),
      validators: JSON.stringify(validators),
      fetched_at: fetchedAt ?? sql`now()`,
      updated_at: sql`now()`,
    })
    .execute()
}

export const reject: Images['reject'] = async (tx, image, { verdict, assetId, validators }) => {
  await unchanged(tx, image)
    .set({
      ...noState,
      state: 'rejected',
      asset_id: assetId,
      verdict: JSON.stringify(verdict),
      validators: validators && JSON.stringify(validators),
      fetched_at: sql`now()`,
      updated_at: sql`now()`,
    })
    .execute()
}

export const fail: Images['fail'] = async (tx, id, { stage, code, message }) => {
  const failure = { stage, code, message, failed_at: sql<Date>`now()`, updated_at: sql<Date>`now()` }
  const image = tx.updateTable('images').where('id', '=', id).returning('item_id')
  const held = await image
    .set({ ...failure, state: 'stale' })
    .where('state', 'in', ['ready', 'stale'])
    .executeTakeFirst()
  const failed = held ?? (await image.set({ ...noState, ...failure, state: 'failed' }).executeTakeFirst())
  return (failed?.item_id as ItemId | undefined) ?? null
}

export const markGone: Images['markGone'] = async (tx, id) => {
  const gone = await tx
    .updateTable('images')
    .set({ ...noState, state: 'gone', gone_since: sql`now()`, updated_at: sql`now()` })
    .where('id', '=', id)
    .returning('item_id')
    .executeTakeFirst()
  return (gone?.item_id as ItemId | undefined) ?? null
}

export const reopen: Images['reopen'] = async (tx, itemId, { freshForMs }) => {
  const ofThisItem = tx.updateTable('images').where('item_id', '=', itemId)
  const isDue = sql<boolean>`coalesce(failed_at, fetched_at) < now() - ${freshForMs} * interval '1 ms'`
  const passing = errorCodes.filter((code) => codeOf(code).retry)
  await ofThisItem.set({ state: 'stale' }).where('state', '=', 'ready').where(isDue).execute()
  await ofThisItem
    .set({ ...noState, state: 'pending' })
    .where('state', '=', 'failed')
    .where((either) => either.or([isDue, either('code', 'in', passing)]))
    .execute()
  const due = await tx
    .selectFrom('images')
    .select(['id', 'url'])
    .where('item_id', '=', itemId)
    .where((either) =>
      either.or([either('state', '=', 'pending'), either.and([either('state', '=', 'stale'), isDue])]),
    )
    .orderBy('position')
    .execute()
  return due.map(({ id, url }) => ({ id: id as ImageId, url }))
}

export const areSettled: Images['areSettled'] = async (tx, itemId) => {
  await tx.selectFrom('items').select('id').where('id', '=', itemId).forUpdate().execute()
  const pending = await tx
    .selectFrom('images')
    .select('id')
    .where('item_id', '=', itemId)
    .where('state', '=', 'pending')
    .limit(1)
    .executeTakeFirst()
  return pending === undefined
}

export const place: Images['place'] = async (tx, itemId, placements) => {
  // First nobody leads: at no moment may two.
  await tx
    .updateTable('images')
    .set({ hero: false })
    .where('item_id', '=', itemId)
    .where('hero', '=', true)
    .execute()
  const rows = placements.map((placement) => ({
    id: placement.id,
    rank: 'rank' in placement ? placement.rank : null,
    hero: placement.verdict.accepted && placement.verdict.hero,
    verdict: placement.verdict,
  }))
  await sql`
    update images set
      state = case when not (p.verdict ->> 'accepted')::boolean then 'rejected'
                   when images.state = 'rejected' then 'ready' else images.state end,
      rank = p.rank, hero = p.hero, verdict = p.verdict
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as p(id uuid, rank integer, hero boolean, verdict jsonb)
    where images.id = p.id and images.item_id = ${itemId}
      and images.asset_id is not null and images.state in ('ready', 'stale', 'rejected')`.execute(tx)
}

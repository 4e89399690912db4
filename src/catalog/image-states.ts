import { sql } from 'kysely'
import { codeOf, errorCodes } from '../errors.ts'
import type { Signals, Validators } from '../fetch/fetcher.ts'
import { batchedIn } from './batched.ts'
import type { Image, Verdict } from './image.ts'
import { noState } from './image-row.ts'
import type { Images } from './images.ts'
import type { AssetId, ImageId, ItemId } from './ids.ts'
import { storable, storableJson } from './storable.ts'

/** What an ingest found out about one image, as the row it becomes. */
interface Settled {
  readonly image: Image
  readonly state: 'ready' | 'rejected'
  readonly assetId: AssetId | null
  readonly verdict: Verdict
  readonly validators: Validators | null
  /** Absent: the source was not heard anew. */
  readonly signals?: Signals | undefined
  /** Null: now, by the database's clock. */
  readonly fetchedAt: Date | null
  /** Null: no other image may take over what came. */
  readonly terms: string | null
  /** Null: its own URL gave the bytes. */
  readonly fetchedUrl?: string | null
}

/** Writes many at once, each only if its row still is what we set out with. */
const settleAll = batchedIn(async (tx, all: readonly Settled[]) => {
  const rows = all.map(({ image, state, assetId, verdict, fetchedAt, fetchedUrl = null, ...said }) => ({
    ...{ id: image.id, url: image.url, version: image.version, state, verdict, ...said },
    asset_id: assetId,
    score: verdict.accepted ? verdict.score : null,
    kind: verdict.accepted ? verdict.kind : null,
    fetched_at: fetchedAt,
    fetched_url: fetchedUrl,
  }))
  // Another picture at the same URL is another version, with another public address.
  await sql`
    update images set
      state = p.state, asset_id = p.asset_id, score = p.score, kind = p.kind, verdict = p.verdict,
      version = images.version + (p.state = 'ready' and images.asset_id is distinct from p.asset_id)::int,
      rank = case when p.state = 'ready' then coalesce(images.rank, images.position) end,
      hero = images.hero and p.state = 'ready',
      validators = p.validators, signals = coalesce(p.signals, images.signals), fetched_at = coalesce(p.fetched_at, now()),
      terms = p.terms, fetched_url = p.fetched_url, updated_at = now(),
      stage = null, code = null, message = null, failed_at = null, next_attempt_at = null, gone_since = null
    from jsonb_to_recordset(${storableJson(rows)}::jsonb) as p(
      id uuid, url text, version integer, state text, asset_id text, score real, kind text, verdict jsonb,
      validators jsonb, signals jsonb, fetched_at timestamptz, terms text, fetched_url text)
    where images.id = p.id and images.url = p.url and images.version = p.version
      and images.state <> 'gone'`.execute(tx)
  return all.map(() => undefined)
})

export const hold: Images['hold'] = (tx, image, { fetchedAt = null, terms = null, ...held }) =>
  settleAll(tx, { image, state: 'ready', fetchedAt, terms, ...held })

export const reject: Images['reject'] = (tx, image, rejected) =>
  settleAll(tx, { image, state: 'rejected', fetchedAt: null, terms: null, ...rejected })

export const fail: Images['fail'] = async (tx, id, { stage, code, message, nextAttemptInMs }) => {
  const failure = {
    ...{ stage, code },
    message: storable(message),
    failed_at: sql<Date>`now()`,
    next_attempt_at: sql<Date | null>`now() + ${nextAttemptInMs}::float8 * interval '1 ms'`,
    updated_at: sql<Date>`now()`,
  }
  const image = tx.updateTable('images').where('id', '=', id).returning('item_id')
  const held = await image.set(failure).where('state', '=', 'stale').executeTakeFirst()
  const failed =
    held ??
    (await image
      .set({ ...noState, ...failure, state: 'failed' })
      .where('state', 'in', ['pending', 'failed'])
      .executeTakeFirst())
  return (failed?.item_id as ItemId | undefined) ?? null
}

export const markGone: Images['markGone'] = async (tx, id) => {
  const gone = await tx
    .updateTable('images')
    .set({
      ...noState,
      ...{ state: 'gone', stage: 'fetch', code: 'source_gone' },
      ...{ gone_since: sql<Date>`now()`, failed_at: sql<Date>`now()`, updated_at: sql<Date>`now()` },
    })
    .where('id', '=', id)
    .where('state', 'in', ['pending', 'stale', 'failed'])
    .returning('item_id')
    .executeTakeFirst()
  return (gone?.item_id as ItemId | undefined) ?? null
}

/** A held image whose source is about to be asked: an earlier failure counts no more. */
export const askedAgain = {
  state: 'stale',
  stage: null,
  code: null,
  message: null,
  failed_at: null,
  next_attempt_at: null,
} as const

export const reopen: Images['reopen'] = async (tx, itemId, { freshForMs }) => {
  const ofThisItem = tx.updateTable('images').where('item_id', '=', itemId)
  const isDue = sql<boolean>`coalesce(failed_at, fetched_at) < now() - ${freshForMs} * interval '1 ms'`
  const passing = errorCodes.filter((code) => codeOf(code).retry)
  await ofThisItem.set(askedAgain).where('state', 'in', ['ready', 'stale']).where(isDue).execute()
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
      either.or([
        either('state', '=', 'pending'),
        either.and([either('state', '=', 'stale'), either('failed_at', 'is', null)]),
      ]),
    )
    .orderBy('position')
    .execute()
  return due.map(({ id, url }) => ({ id: id as ImageId, url }))
}

export const reconsider: Images['reconsider'] = async (tx, itemId) => {
  await tx
    .updateTable('images')
    .set({ ...noState, state: 'pending', fetched_at: null })
    .where('item_id', '=', itemId)
    .where('state', '=', 'rejected')
    .where('fetched_at', 'is not', null)
    .where('asset_id', 'is', null)
    .where(sql<string>`verdict ->> 'reason'`, 'in', ['low-score', 'too-small'])
    .execute()
}

/** Waits for its source: new, or held and being asked about again. */
export const isWaiting = sql<boolean>`(state = 'pending' or (state = 'stale' and failed_at is null))`

export const settledNow: Images['settledNow'] = batchedIn(async (tx, itemIds: readonly ItemId[]) => {
  const items = [...new Set(itemIds)]
  // In the order of their ids, so that two workers with the same two items do not wait for each other.
  await tx.selectFrom('items').select('id').where('id', 'in', items).orderBy('id').forUpdate().execute()
  const waiting = await tx
    .selectFrom('images')
    .select('item_id')
    .distinct()
    .where('item_id', 'in', items)
    .where(isWaiting)
    .execute()
  const unsettled = new Set(waiting.map(({ item_id }) => item_id))
  return itemIds.map((itemId, at) => !unsettled.has(itemId) && itemIds.indexOf(itemId) === at)
})

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
    from jsonb_to_recordset(${storableJson(rows)}::jsonb) as p(id uuid, rank integer, hero boolean, verdict jsonb)
    where images.id = p.id and images.item_id = ${itemId}
      and images.asset_id is not null and images.state in ('ready', 'stale', 'rejected')`.execute(tx)
}

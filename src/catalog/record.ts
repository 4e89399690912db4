import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Tx } from '../database.ts'
import { codeOf, isErrorCode } from '../errors.ts'
import type { Catalog } from './catalog.ts'
import type { Candidate, Rejected } from './image.ts'
import { newId, type ImageId, type ItemId } from './ids.ts'
import { noState } from './image-row.ts'
import { askedAgain } from './image-states.ts'
import type { Due } from './images.ts'
import { storable, storableJson } from './storable.ts'

/** A candidate with what its item's catalogue decided before anything was fetched. */
export interface ChosenCandidate extends Candidate {
  /** The URL in one spelling: an item has one image of it. */
  readonly normalUrl: string
  /** Null: fetch it. */
  readonly refused: Rejected | null
}

/** What a discovery changed. */
export interface Recorded {
  /** Images that have to be fetched, or asked about again, in page order. */
  readonly toIngest: readonly Due[]
  /** Images that are here and need no asking. */
  readonly fresh: number
  readonly refused: number
  readonly gone: number
}

/** Normal URLs can be longer than an index takes. */
export const urlDigest = (normalUrl: string): string =>
  createHash('sha256').update(normalUrl).digest('hex').slice(0, 32)

/**
 * Writes what a complete discovery found in one item: new images `pending` or `rejected`, known ones moved to their
 * new places, absent ones `gone`. An image that is held and fresh, or failed for good within its freshness, is not
 * asked about again.
 */
export async function recordCandidates(
  tx: Tx,
  itemId: ItemId,
  candidates: readonly ChosenCandidate[],
  freshness: Catalog['freshness'],
): Promise<Recorded> {
  // The item before its images, as everybody locks them.
  await tx.selectFrom('items').select('id').where('id', '=', itemId).forUpdate().execute()
  const known = await knownImages(tx, itemId)
  const plans = firstOfEach(candidates).map(([digest, candidate]) => {
    const before = known.get(digest)
    known.delete(digest)
    return {
      id: before?.id ?? newId<'image'>(),
      candidate,
      digest,
      next: nextState(before, candidate, freshness),
    }
  })
  for (const chunk of inChunks(plans, 500)) await upsert(tx, itemId, chunk)
  // A page that suddenly shows nothing at all is more likely broken than emptied.
  const gone =
    candidates.length > 0
      ? await markGone(
          tx,
          [...known.values()].map(({ id }) => id),
        )
      : 0
  return {
    toIngest: plans
      .filter(({ next }) => next.ingest)
      .map(({ id, candidate }) => ({ id, url: candidate.url })),
    fresh: plans.filter(({ next }) => next.state === 'same' && !next.ingest).length,
    refused: plans.filter(({ next }) => next.state === 'rejected').length,
    gone,
  }
}

/** Candidates by the digest of their URL; of several with the same, the first on the page. */
function firstOfEach(candidates: readonly ChosenCandidate[]): (readonly [string, ChosenCandidate])[] {
  const byDigest = candidates.map((candidate) => [urlDigest(candidate.normalUrl), candidate] as const)
  return [...new Map(byDigest.toReversed())].sort(([, a], [, b]) => a.position - b.position)
}

interface Known {
  readonly id: ImageId
  readonly url: string
  readonly state: string
  readonly code: string | null
  readonly asset_id: string | null
  /** When it was last fetched or failed, as an age by the database's clock. */
  readonly age_ms: number | null
}

async function knownImages(tx: Tx, itemId: ItemId): Promise<Map<string, Known>> {
  const rows = await tx
    .selectFrom('images')
    .select(['id', 'url', 'state', 'code', 'asset_id', 'normal_url_digest'])
    .select(
      sql<number>`extract(epoch from now() - coalesce(failed_at, fetched_at)) * 1000.0::float8`.as('age_ms'),
    )
    .where('item_id', '=', itemId)
    .forUpdate()
    .execute()
  return new Map(
    rows.map(({ normal_url_digest, ...row }) => [normal_url_digest, { ...row, id: row.id as ImageId }]),
  )
}

/** What becomes of an image: its state stays the `same` or is written anew; and whether its source is to be asked. */
type Next =
  | { readonly state: 'same' | 'pending' | 'stale'; readonly ingest: boolean }
  | { readonly state: 'rejected'; readonly ingest: false; readonly verdict: Rejected }

function nextState(
  before: Known | undefined,
  candidate: ChosenCandidate,
  freshness: Catalog['freshness'],
): Next {
  const isFresh = before !== undefined && before.age_ms !== null && before.age_ms < freshness.freshForMs
  const isHeld = before?.state === 'ready' || before?.state === 'stale'
  if (isHeld) return isFresh ? { state: 'same', ingest: false } : { state: 'stale', ingest: true }
  // Judged from its bytes, or failed in a way that will not pass: not again until it is due.
  if (before?.state === 'rejected' && isFresh) return { state: 'same', ingest: false }
  const isOver = before?.state === 'failed' || before?.state === 'gone'
  if (isOver && isFresh && isFinal(before.code)) return { state: 'same', ingest: false }
  if (candidate.refused) return { state: 'rejected', ingest: false, verdict: candidate.refused }
  return { state: before?.state === 'pending' ? 'same' : 'pending', ingest: true }
}

const isFinal = (code: string | null) => code !== null && isErrorCode(code) && !codeOf(code).retry

interface Plan {
  readonly id: ImageId
  readonly candidate: ChosenCandidate
  readonly digest: string
  readonly next: Next
}

async function upsert(tx: Tx, itemId: ItemId, plans: readonly Plan[]): Promise<void> {
  if (plans.length === 0) return
  await tx
    .insertInto('images')
    .values(plans.map((plan) => toRow(itemId, plan)))
    .onConflict((conflict) =>
      conflict.columns(['item_id', 'normal_url_digest']).doUpdateSet((to) => ({
        url: to.ref('excluded.url'),
        position: to.ref('excluded.position'),
        found_in: to.ref('excluded.found_in'),
        declared_primary: to.ref('excluded.declared_primary'),
        alt_text: to.ref('excluded.alt_text'),
        context: to.ref('excluded.context'),
        declared: to.ref('excluded.declared'),
        expected: to.ref('excluded.expected'),
        updated_at: sql`now()`,
      })),
    )
    .execute()
  for (const state of ['pending', 'stale', 'rejected'] as const) {
    const ids = plans.filter(({ next }) => next.state === state).map(({ id }) => id)
    if (ids.length > 0) await writeState(tx, ids, state, plans)
  }
}

function toRow(itemId: ItemId, { id, candidate, digest, next }: Plan) {
  return {
    id,
    item_id: itemId,
    url: candidate.url,
    normal_url_digest: digest,
    position: candidate.position,
    found_in: candidate.foundIn,
    declared_primary: candidate.declaredPrimary,
    alt_text: storable(candidate.altText),
    context: storable(candidate.context),
    declared: storableJson(candidate.declared),
    expected: storableJson(candidate.expected),
    state: next.state === 'rejected' ? 'rejected' : 'pending',
    verdict: next.state === 'rejected' ? storableJson(next.verdict) : null,
  }
}

/** For images that were there before; those just inserted have their state already, and writing it again is fine. */
async function writeState(
  tx: Tx,
  ids: readonly ImageId[],
  state: 'pending' | 'stale' | 'rejected',
  plans: readonly Plan[],
) {
  const images = tx.updateTable('images').where('id', 'in', ids)
  if (state === 'stale') return images.set(askedAgain).execute()
  if (state === 'pending') return images.set({ ...noState, state, fetched_at: null }).execute()
  const verdicts = Object.fromEntries(
    plans.flatMap(({ id, next }) => (next.state === 'rejected' ? [[id, next.verdict]] : [])),
  )
  return images
    .set({
      ...noState,
      state,
      fetched_at: null,
      verdict: sql`${storableJson(verdicts)}::jsonb -> id::text`,
    })
    .execute()
}

async function markGone(tx: Tx, ids: readonly ImageId[]): Promise<number> {
  if (ids.length === 0) return 0
  const marked = await tx
    .updateTable('images')
    .set({ ...noState, state: 'gone', gone_since: sql`now()`, updated_at: sql`now()` })
    .where('id', 'in', ids)
    .where('state', '<>', 'gone')
    .returning('id')
    .execute()
  return marked.length
}

function* inChunks<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < all.length; start += size) yield all.slice(start, start + size)
}

import type { Selectable } from 'kysely'
import type { Tables } from '../database.ts'
import { isErrorCode } from '../errors.ts'
import type { Signals } from '../fetch/fetcher.ts'
import type { Accepted, Candidate, FoundIn, Image, ImageState, Rejected, Stage } from './image.ts'
import type { AssetId, ImageId, ItemId } from './ids.ts'

export type ImageRow = Selectable<Tables['images']>

/** A row as the noun: its state decides which of its columns mean anything. */
export const imageFromRow = (row: ImageRow): Image => ({
  id: row.id as ImageId,
  itemId: row.item_id as ItemId,
  version: row.version,
  url: row.url,
  position: row.position,
  foundIn: row.found_in as FoundIn,
  declaredPrimary: row.declared_primary,
  altText: row.alt_text,
  context: row.context,
  declared: row.declared,
  expected: row.expected as unknown as Candidate['expected'],
  ...stateFromRow(row),
})

function stateFromRow(row: ImageRow): ImageState {
  switch (row.state) {
    case 'ready':
    case 'stale':
      return {
        state: row.state,
        assetId: row.asset_id as AssetId,
        rank: row.rank ?? row.position,
        verdict: { ...(row.verdict as unknown as Accepted), hero: row.hero },
        fetchedAt: row.fetched_at!,
        fetchedUrl: row.fetched_url,
        validators: row.validators ?? {},
        signals: row.signals as Signals | null,
      }
    case 'rejected':
      return {
        state: 'rejected',
        verdict: row.verdict as unknown as Rejected,
        assetId: row.asset_id as AssetId | null,
        fetchedAt: row.fetched_at,
      }
    case 'failed':
      return {
        state: 'failed',
        stage: row.stage as Stage,
        code: row.code && isErrorCode(row.code) ? row.code : 'internal',
        message: row.message ?? '',
        failedAt: row.failed_at!,
        nextAttemptAt: row.next_attempt_at,
      }
    case 'gone':
      return { state: 'gone', since: row.gone_since! }
    default:
      return { state: 'pending' }
  }
}

/** The columns that only one state or another uses, all empty: set first whenever a state is written. */
export const noState = {
  rank: null,
  score: null,
  kind: null,
  hero: false,
  verdict: null,
  stage: null,
  code: null,
  message: null,
  failed_at: null,
  next_attempt_at: null,
  gone_since: null,
} as const

import { choose } from '../assess/choose.ts'
import type { ItemId } from '../catalog/ids.ts'
import type { Item, Source } from '../catalog/item.ts'
import type { FoundItem, Items, SourceState } from '../catalog/items.ts'
import type { Due, Images } from '../catalog/images.ts'
import { recordCandidates } from '../catalog/record.ts'
import type { Tx } from '../database.ts'
import { normalUrl } from '../discovery/find.ts'
import type { FetchedPage, Fetcher, FetchPolicy, Validators } from '../fetch/fetcher.ts'
import type { Attempt, Outcome } from '../queue/job-queue.ts'
import type { Queue } from './jobs.ts'
import { enqueueDue } from './enqueue-due.ts'
import { policyAt, policyFor, renderModeFor } from './site-terms.ts'
import { readPage, type PageRead, type Renderer } from './read-page.ts'
import type { TrafficCounter } from './traffic.ts'

/** Of the rules that read a page: raised when they would find something else on the same page. */
const rules = 'page-2'

export interface Deps {
  readonly items: Items
  readonly images: Images
  readonly fetcherUnder: (policy: FetchPolicy) => Fetcher
  readonly renderer: Renderer
  readonly queue: Pick<Queue, 'enqueue'>
  readonly traffic: Pick<TrafficCounter, 'count'>
}

/** A page and what it says, for those who write it down. */
export interface ReadPage extends Pick<FetchedPage, 'validators' | 'signals'>, PageRead {
  /** The source's own address, by which it will be asked again. */
  readonly source: string
}

/** Finds an item's candidates at its source and records them, with a job for each that is to be fetched. */
export const discoverItem =
  (deps: Deps) =>
  async ({ itemId }: { itemId: ItemId }, _: Attempt, signal: AbortSignal): Promise<Outcome<Tx>> => {
    const found = await deps.items.find(itemId)
    if (!found) return { cancel: 'the item was removed' }
    const source = pageOf(found.item)
    if (!source) return { cancel: 'the item has no page to be read' }
    const before = found.sourceStates[source.url]
    const { policy } = found.catalog
    const mode = renderModeFor(source.url, policy.render ?? deps.renderer.mode)
    // The shell of a page may stay as it is while what fills it in changes.
    const isAsked = before?.readBy === rules && !before.rendering && mode !== 'always'
    const own = policyFor(source.url, policy)
    const fetcherAt = (url: string) => deps.fetcherUnder(policyAt(url, source.url, own))
    const page = await fetcherAt(source.url).page(source.url, isAsked ? validatorsOf(before) : null, signal)
    deps.traffic.count(page ? 'pagesRead' : 'pagesUnchanged')
    if (!page) return { done: true, record: (tx) => askAgain(deps, tx, found) }
    const wasRendered = before?.rendering?.done ?? false
    const read = await readPage(page, { ...deps.renderer, mode, fetcherAt, wasRendered }, signal)
    return { done: true, record: recorder(deps, found, { ...page, ...read, source: source.url }) }
  }

/** What writes a page down that was read: the item's candidates and their jobs, in one transaction. */
export function recorder(
  deps: Deps,
  { item, catalog }: FoundItem,
  page: ReadPage,
): (tx: Tx) => Promise<void> {
  const { findings, rendering } = page
  return async (tx) => {
    const refusals = choose(findings.candidates, catalog.keep)
    const candidates = findings.candidates.map((candidate, at) => ({
      ...candidate,
      normalUrl: normalUrl(candidate.url),
      refused: refusals[at] ?? null,
    }))
    const state: SourceState = {
      ...page.validators,
      readBy: rules,
      signals: page.signals,
      ...(rendering && { rendering }),
    }
    await deps.items.recordDiscovery(tx, item.id, { title: findings.title, url: page.source, state })
    const { toIngest } = await recordCandidates(tx, item.id, candidates, catalog.freshness)
    await enqueueIngest(deps, tx, item, toIngest)
  }
}

/** The page is as it was; its pictures may be due all the same. */
async function askAgain(deps: Deps, tx: Tx, { item, catalog }: FoundItem): Promise<void> {
  await deps.items.recordUnchanged(tx, item.id)
  await enqueueIngest(deps, tx, item, await deps.images.reopen(tx, item.id, catalog.freshness))
}

async function enqueueIngest({ queue }: Deps, tx: Tx, item: Item, due: readonly Due[]): Promise<void> {
  // With nothing to fetch there may still be places that changed.
  if (due.length === 0) return queue.enqueue('arrange-item', { itemId: item.id }, { tx })
  await enqueueDue(queue, tx, due)
}

const pageOf = (item: Item) =>
  item.sources.find((source): source is Source & { kind: 'page' } => source.kind === 'page')

const validatorsOf = ({ readBy: _, signals: __, rendering: ___, ...validators }: SourceState): Validators =>
  validators

import { choose } from '../assess/choose.ts'
import type { ItemId } from '../catalog/ids.ts'
import type { Item, Source } from '../catalog/item.ts'
import type { FoundItem, Items, SourceState } from '../catalog/items.ts'
import type { Due, Images } from '../catalog/images.ts'
import { recordCandidates } from '../catalog/record.ts'
import type { Tx } from '../database.ts'
import { findOnPage, normalUrl } from '../discovery/find.ts'
import type { Findings } from '../discovery/finder.ts'
import { MagpieError } from '../errors.ts'
import type { FetchedPage, Fetcher, FetchPolicy, Validators } from '../fetch/fetcher.ts'
import type { Attempt, Outcome } from '../queue/job-queue.ts'
import type { Queue } from './jobs.ts'
import { enqueueDue } from './enqueue-due.ts'
import type { TrafficCounter } from './traffic.ts'

/** Of the rules that read a page: raised when they would find something else on the same page. */
const rules = 'page-1'

export interface Deps {
  readonly items: Items
  readonly images: Images
  readonly fetcherUnder: (policy: FetchPolicy) => Fetcher
  readonly queue: Pick<Queue, 'enqueue'>
  readonly traffic: Pick<TrafficCounter, 'count'>
}

/** A page that was read, for those who write down what is on it. */
export interface ReadPage extends FetchedPage {
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
    const known = before?.readBy === rules ? validatorsOf(before) : null
    const page = await deps.fetcherUnder(found.catalog.policy).page(source.url, known, signal)
    deps.traffic.count(page ? 'pagesRead' : 'pagesUnchanged')
    if (!page) return { done: true, record: (tx) => askAgain(deps, tx, found) }
    return { done: true, record: recorder(deps, found, { ...page, source: source.url }) }
  }

/**
 * Reads a page and answers with what writes it down: the item's candidates and their jobs, in one transaction.
 * Throws `page_empty`.
 */
export function recorder(
  deps: Deps,
  { item, catalog }: FoundItem,
  page: ReadPage,
): (tx: Tx) => Promise<void> {
  const findings = readFindings(page)
  return async (tx) => {
    const refusals = choose(findings.candidates, catalog.keep)
    const candidates = findings.candidates.map((candidate, at) => ({
      ...candidate,
      normalUrl: normalUrl(candidate.url),
      refused: refusals[at] ?? null,
    }))
    const state: SourceState = { ...page.validators, readBy: rules, signals: page.signals }
    await deps.items.recordDiscovery(tx, item.id, { title: findings.title, url: page.source, state })
    const { toIngest } = await recordCandidates(tx, item.id, candidates, catalog.freshness)
    await enqueueIngest(deps, tx, item, toIngest)
  }
}

/** All that a page says. Throws `page_empty` for one without any content. */
export function readFindings({ url, html }: Pick<FetchedPage, 'url' | 'html'>): Findings {
  if (html.trim() === '') throw new MagpieError('page_empty', `The page ${url} is empty.`)
  return findOnPage({ html, url })
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

const validatorsOf = ({ readBy: _, signals: __, ...validators }: SourceState): Validators => validators

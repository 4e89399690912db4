import { isDeepStrictEqual } from 'node:util'
import { catalogDefaults, type Catalog } from '../catalog/catalog.ts'
import type { Catalogs } from '../catalog/catalogs.ts'
import type { ItemId } from '../catalog/ids.ts'
import type { Items } from '../catalog/items.ts'
import { inTransaction, type Db } from '../database.ts'
import { normalUrl } from '../discovery/find.ts'
import { noSignals } from '../fetch/fetcher.ts'
import { asText, modeOfGiven } from './discover-page.ts'
import { recorder, type Deps as DiscoverDeps, type ReadPage } from './discover-item.ts'
import { readPage } from './read-page.ts'
import type { Queue } from './jobs.ts'
import { policyAt } from './site-terms.ts'

interface Deps extends DiscoverDeps {
  readonly db: Db
  readonly catalogs: Catalogs
  readonly items: Items
  readonly queue: Pick<Queue, 'enqueue'>
}

export interface PageToScrape {
  readonly url: string
  /** The page itself, if it is at hand: then nothing is asked of its address but its pictures. */
  readonly page?: string | Uint8Array
  readonly catalog: string
  /** Limits for this page alone. */
  readonly keep?: Partial<Catalog['keep']>
}

/**
 * Phase one of a scrape: the page becomes an item under its address, and its discovery is enqueued with it. A page
 * that was handed over is read at once, as nobody could ask for it again.
 */
export const scrapePage =
  (deps: Deps) =>
  async ({ url, page, catalog, keep }: PageToScrape): Promise<ItemId> => {
    // Read first: of an empty page nothing is to be saved.
    const given = page === undefined ? null : await readGiven(deps, url, asText(page))
    await deps.catalogs.ensure(catalog)
    const externalId = normalUrl(url)
    const item = { catalog, externalId, sources: [{ kind: 'page', url }], ...(keep && { keep }) } as const
    const before = await deps.items.findByExternalId(catalog, externalId)
    const limits = { ...(await deps.catalogs.get(catalog)).keep, ...keep }
    const isOther = before !== null && !isDeepStrictEqual(before.catalog.keep, limits)
    const id = await inTransaction(deps.db, async (tx) => {
      const saved = await deps.items.save(tx, item)
      if (isOther) await deps.images.reconsider(tx, saved)
      if (!given) await deps.queue.enqueue('discover-item', { itemId: saved }, { tx, priority: 'listed' })
      return saved
    })
    if (given) {
      const found = await deps.items.find(id)
      await inTransaction(deps.db, recorder(deps, found!, given))
    }
    return id
  }

/** A page that was handed over, read as it stands, or rendered where that is what every page is to be. */
async function readGiven({ renderer, fetcherUnder }: Deps, url: string, html: string): Promise<ReadPage> {
  const { browser } = renderer
  const mode = modeOfGiven(renderer.mode, url)
  const fetcherAt = (at: string) => fetcherUnder(policyAt(at, url, catalogDefaults.policy))
  const read = await readPage({ url, html }, { browser, mode, fetcherAt }, new AbortController().signal)
  return { ...read, source: url, validators: {}, signals: noSignals }
}

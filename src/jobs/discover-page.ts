import { catalogDefaults } from '../catalog/catalog.ts'
import type { Rendering } from '../catalog/items.ts'
import { followPages } from '../discovery/find.ts'
import type { EndOfPages } from '../discovery/find.ts'
import type { Findings } from '../discovery/finder.ts'
import { MagpieError } from '../errors.ts'
import type { Fetcher, FetchPolicy } from '../fetch/fetcher.ts'
import { pageText } from '../fetch/page-text.ts'
import type { RenderMode } from '../fetch/render-settings.ts'
import { readPage, type Renderer } from './read-page.ts'
import { policyAt, policyFor, renderModeFor } from './site-terms.ts'

/** A page to look at: an address, or the page itself with the address that its links are relative to. */
export interface PageToDiscover {
  readonly url: string
  /** As text, or as the bytes of a saved file, whose encoding is then found out. */
  readonly page?: string | Uint8Array
}

export const asText = (page: string | Uint8Array): string =>
  typeof page === 'string' ? page : pageText(page, null)

/** The text of a page that was handed over. Throws `not_html` for what has text, but not one element. */
function markupOf(page: string | Uint8Array, url: string): string {
  const html = asText(page)
  if (html.trim() === '' || /<[a-z!?]/i.test(html)) return html
  throw new MagpieError('not_html', `${url} is no web page: there is not one element in it.`)
}

/**
 * How a page is rendered that was handed over: only when that is asked for, as its scripts would go on to the network.
 * Throws `input_invalid` for one whose address on the web is not known.
 */
export function modeOfGiven(mode: RenderMode, url: string): RenderMode {
  if (mode !== 'always') return 'never'
  if (/^https?:/i.test(url)) return 'always'
  throw new MagpieError('input_invalid', 'A saved page is rendered at the address that it is from.', {
    remedy: 'Give that address with --base URL.',
  })
}

/** What a page shows, and how it was read. */
export type DiscoveredPage = Findings & { readonly url: string; readonly rendering: Rendering | null }

/** Finding without keeping: needs no database and writes nothing. */
export interface DiscoverOnly {
  discover(page: PageToDiscover, signal: AbortSignal): Promise<DiscoveredPage>
  /** A list and the pages after it, at most `most` in all; the last says why it is the last. */
  discoverPages(page: PageToDiscover, most: number, signal: AbortSignal): AsyncIterable<PageOfList>
  close(): Promise<void>
}

/** One page of a list that was followed; `end` says of the last why it is the last. */
export type PageOfList = DiscoveredPage & { readonly end: EndOfPages | null }

/** Follows a list by what its pages say of the next. Throws what reading a page throws. */
export const discoverPages = (discover: DiscoverOnly['discover']): DiscoverOnly['discoverPages'] =>
  async function* (page, most, signal) {
    const read = (url: string) => discover(url === page.url ? page : { url }, signal)
    for await (const { read: found, end } of followPages(page.url, { most, read, findingsOf: (one) => one }))
      yield { ...found, end }
  }

/** Says what a page shows. Throws what fetching and rendering throw, and `page_empty`. */
export const discoverPage =
  (fetcherUnder: (policy: FetchPolicy) => Fetcher, { mode, browser }: Renderer) =>
  async ({ url, page }: PageToDiscover, signal: AbortSignal): Promise<DiscoveredPage> => {
    const given = page === undefined ? null : { url, html: markupOf(page, url) }
    const policy = policyFor(url, catalogDefaults.policy)
    const fetcherAt = (at: string) => fetcherUnder(policyAt(at, url, policy))
    const terms = { browser, fetcherAt, mode: given ? modeOfGiven(mode, url) : renderModeFor(url, mode) }
    // Asked without validators, no source answers that nothing has changed.
    const read = await readPage(given ?? (await fetcherAt(url).page(url, null, signal))!, terms, signal)
    return { ...read.findings, url: read.url, rendering: read.rendering }
  }

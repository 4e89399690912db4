import type { Rendering } from '../catalog/items.ts'
import type { Findings } from '../discovery/finder.ts'
import { MagpieError } from '../errors.ts'
import type { Fetcher } from '../fetch/fetcher.ts'
import { pageText } from '../fetch/page-text.ts'
import type { RenderMode } from '../fetch/render-settings.ts'
import { readPage, type Renderer } from './read-page.ts'

/** A page to look at: an address, or the page itself with the address that its links are relative to. */
export interface PageToDiscover {
  readonly url: string
  /** As text, or as the bytes of a saved file, whose encoding is then found out. */
  readonly page?: string | Uint8Array
}

export const asText = (page: string | Uint8Array): string =>
  typeof page === 'string' ? page : pageText(page, null)

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
  close(): Promise<void>
}

/** Says what a page shows. Throws what fetching and rendering throw, and `page_empty`. */
export const discoverPage =
  (fetcher: Fetcher, { mode, browser }: Renderer) =>
  async ({ url, page }: PageToDiscover, signal: AbortSignal): Promise<DiscoveredPage> => {
    const given = page === undefined ? null : { url, html: asText(page) }
    const terms = { browser, fetcher, mode: given ? modeOfGiven(mode, url) : mode }
    // Asked without validators, no source answers that nothing has changed.
    const read = await readPage(given ?? (await fetcher.page(url, null, signal))!, terms, signal)
    return { ...read.findings, url: read.url, rendering: read.rendering }
  }

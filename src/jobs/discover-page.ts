import type { Findings } from '../discovery/finder.ts'
import type { Fetcher } from '../fetch/fetcher.ts'
import { pageText } from '../fetch/page-text.ts'
import { readFindings } from './discover-item.ts'

/** A page to look at: an address, or the page itself with the address that its links are relative to. */
export interface PageToDiscover {
  readonly url: string
  /** As text, or as the bytes of a saved file, whose encoding is then found out. */
  readonly page?: string | Uint8Array
}

export const asText = (page: string | Uint8Array): string =>
  typeof page === 'string' ? page : pageText(page, null)

/** Finding without keeping: needs no database and writes nothing. */
export interface DiscoverOnly {
  discover(page: PageToDiscover, signal: AbortSignal): Promise<Findings & { readonly url: string }>
  close(): Promise<void>
}

/** Says what a page shows. Throws what fetching throws, and `page_empty`. */
export const discoverPage =
  (fetcher: Fetcher) =>
  async (
    { url, page }: PageToDiscover,
    signal: AbortSignal,
  ): Promise<Findings & { readonly url: string }> => {
    // Asked without validators, no source answers that nothing has changed.
    const read = page === undefined ? (await fetcher.page(url, null, signal))! : { url, html: asText(page) }
    return { ...readFindings(read), url: read.url }
  }

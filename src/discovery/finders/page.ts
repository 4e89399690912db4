import { findOnPage } from '../find-on-page.ts'
import type { Finder } from '../finder.ts'

/** How a finder comes by a page: fetched by whoever calls, who answers for politeness and limits. */
export type ReadPage = (
  url: string,
  signal: AbortSignal,
) => Promise<{ readonly url: string; readonly html: string }>

/** Finds the pictures of a page. Errors of reading it are passed on; a page without pictures yields nothing. */
export const pageFinder = (page: ReadPage): Finder<'page'> => ({
  kind: 'page',
  async *find(source, signal) {
    const { url, html } = await page(source.url, signal)
    for (const { record: _, ...candidate } of findOnPage({ html, url }).candidates) yield candidate
  },
})

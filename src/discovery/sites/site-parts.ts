import type { AnyNode, Document, Element } from 'domhandler'
import { selectAll, selectOne } from 'css-select'
import type { Reading, Span } from '../read/reading.ts'
import type { Site } from './site.ts'

/** What a site's rules point at on one page. */
export interface SiteParts {
  readonly name: string
  readonly gallery: readonly Span[]
  readonly ignored: readonly Span[]
  /** Records of a list page, each with the link that its rules name. */
  readonly entries: readonly { readonly block: Element; readonly link: Element }[]
}

/** Applies a site's selectors to a page that has been read. */
export function sitePartsOf(root: Document, site: Site, reading: Reading): SiteParts {
  const all = (selector: string | undefined) => (selector ? selectAll<AnyNode, Element>(selector, root) : [])
  const spans = (selector: string | undefined) => all(selector).map((element) => reading.spanOf(element))
  const { entryLink = ['a[href]'] } = site
  return {
    name: site.name,
    gallery: spans(site.gallery),
    ignored: spans(site.ignore),
    entries: all(site.entry).flatMap((block) => {
      for (const selector of entryLink) {
        const link = selectOne<AnyNode, Element>(selector, block)
        if (link) return [{ block, link }]
      }
      return []
    }),
  }
}

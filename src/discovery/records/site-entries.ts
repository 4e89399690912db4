import type { Reading } from '../read/reading.ts'
import type { SiteParts } from '../sites/site-parts.ts'
import type { PageLink } from './page-links.ts'
import type { Entry } from './proposals.ts'

/**
 * The entries that a site's rules point at, where they find a list: on a page with a gallery of its own, entries are
 * other items. Null where the general way is to be taken.
 */
export function entriesOfSite(
  { gallery, ignored, entries }: SiteParts,
  links: readonly PageLink[],
  reading: Reading,
): readonly Entry[] | null {
  if (gallery.length > 0) return null
  const byElement = new Map(links.map((link) => [link.element, link]))
  const found = entries.flatMap(({ block, link }): readonly Entry[] => {
    const known = byElement.get(link)
    const span = reading.spanOf(block)
    const isIgnored = ignored.some(({ from, to }) => from <= span.from && span.to <= to)
    return known && !isIgnored ? [{ block, link: known, span }] : []
  })
  return found.length ? found : null
}

import type { Element } from 'domhandler'
import { sighted } from '../read/extractor.ts'
import type { Extractor } from '../read/extractor.ts'
import { parseSrcset } from '../read/srcset.ts'
import { oneLine } from '../read/words.ts'

const primary =
  /^(?:og:image(?::url|:secure_url)?|twitter:image(?::src)?|image|thumbnail|thumbnailurl|vk:image|pinterest:media)$/

/** What the head says of the page's picture: Open Graph, Twitter cards, `image_src`, and what it loads in advance. */
export const meta: Extractor = (visit) => {
  const { element } = visit
  if (element.name === 'meta') return fromMeta(visit)
  if (element.name !== 'link') return []
  const { rel = '', href, as, imagesrcset } = element.attribs
  const rels = rel.toLowerCase().split(/\s+/)
  const stated = { foundIn: 'meta', standing: 'stated', context: null } as const
  if (href && rels.includes('image_src'))
    return sighted(visit, {
      urls: [{ text: href, grade: 'shown' }],
      declaredBy: 'link rel=image_src',
      ...stated,
    })
  if (!rels.includes('preload') || as?.toLowerCase() !== 'image') return []
  const urls = [...parseSrcset(imagesrcset ?? ''), ...(href ? [{ text: href }] : [])]
  return sighted(visit, {
    urls: urls.map((entry) => ({ ...entry, grade: 'shown' as const })),
    label: 'preload',
    ...stated,
  })
}

const fromMeta: Extractor = (visit) => {
  const { property, name, content } = visit.element.attribs
  const key = (property ?? name ?? '').trim().toLowerCase()
  if (!content || !primary.test(key)) return []
  const said = detailsAfter(visit.element, key.split(':').slice(0, 2).join(':'))
  const width = Number(said['width'])
  const height = Number(said['height'])
  return sighted(visit, {
    urls: [{ text: content, grade: 'shown', ...(width > 1 && { width }) }],
    foundIn: 'meta',
    standing: 'stated',
    declaredBy: key,
    altText: oneLine(said['alt']),
    context: null,
    declared: { ...(width > 0 && { width }), ...(height > 0 && { height }) },
  })
}

/** `og:image:width` and kin belong to the `og:image` before them. */
function detailsAfter(element: Element, key: string): Record<string, string> {
  const said: Record<string, string> = {}
  let next = element.next
  for (let seen = 0; next && seen < 20; next = next.next, seen++) {
    const { attribs } = next as Partial<Element>
    const name = (attribs?.['property'] ?? attribs?.['name'] ?? '').trim().toLowerCase()
    if (name === key) break
    if (name.startsWith(`${key}:`)) said[name.slice(key.length + 1)] ??= attribs?.['content'] ?? ''
  }
  return said
}

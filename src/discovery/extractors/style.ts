import { cssUrls } from '../css-urls.ts'
import { sighted } from '../extractor.ts'
import type { Extractor } from '../extractor.ts'
import { rawText } from '../words.ts'

/** Backgrounds: in an element's own style, and in the page's style sheets, where they are mostly decoration. */
export const style: Extractor = (visit) => {
  const { name, attribs } = visit.element
  const own = attribs['style']
  const inline = own && /url\(|image-set\(/i.test(own) ? cssUrls(own) : []
  const urls = inline.map((entry) => ({ ...entry, grade: 'shown' as const }))
  const sheet = name === 'style' ? cssUrls(rawText(visit.element)) : []
  return [
    ...sighted(visit, { urls, foundIn: 'css' }),
    ...sheet.flatMap((entry) =>
      sighted(visit, {
        urls: [{ ...entry, grade: 'shown' }],
        foundIn: 'css',
        standing: 'behind',
        owner: {},
        label: 'stylesheet',
        context: null,
      }),
    ),
  ]
}

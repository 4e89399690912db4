import { cssUrls } from '../read/css-urls.ts'
import { sighted } from '../read/extractor.ts'
import type { Extractor } from '../read/extractor.ts'
import { rawText } from '../read/words.ts'

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

import { sighted } from '../read/extractor.ts'
import type { Extractor } from '../read/extractor.ts'
import { parseSrcset } from '../read/srcset.ts'

/** `img src` and `srcset`, with all that the element itself says. */
export const img: Extractor = (visit) => {
  const { name, attribs } = visit.element
  if (name !== 'img') return []
  const { src, srcset } = attribs
  return [
    ...sighted(visit, { urls: src ? [{ text: src, grade: 'shown' }] : [], foundIn: 'img' }),
    ...sighted(visit, {
      urls: parseSrcset(srcset ?? '').map((entry) => ({ ...entry, grade: 'shown' as const })),
      foundIn: 'srcset',
    }),
  ]
}

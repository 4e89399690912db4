import { sighted } from '../read/extractor.ts'
import type { Extractor } from '../read/extractor.ts'
import { parseSrcset } from '../read/srcset.ts'

/** The sources of a `picture`, which are one picture with its `img`. */
export const picture: Extractor = (visit) => {
  const { element, scope } = visit
  if (element.name !== 'source' || !scope.picture) return []
  const { srcset, src } = element.attribs
  const urls = [...parseSrcset(srcset ?? ''), ...(src ? [{ text: src }] : [])]
  return sighted(visit, {
    urls: urls.map((entry) => ({ ...entry, grade: 'shown' as const })),
    foundIn: 'srcset',
  })
}

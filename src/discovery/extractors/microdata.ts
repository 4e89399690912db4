import { sighted } from '../extractor.ts'
import type { Extractor } from '../extractor.ts'

const pictures = new Set(['image', 'photo', 'thumbnailurl', 'contenturl', 'primaryimageofpage', 'logo'])
/** Items that stand beside the page's subject; their pictures are not its main one. */
const besides =
  /\/(?:Organization|Person|Brand|WebSite|Review|Comment|Offer|BreadcrumbList|ImageGallery|Rating)\b/i

/** Microdata: `itemprop=image` and kin, on whatever element carries it. */
export const microdata: Extractor = (visit) => {
  const { attribs, name } = visit.element
  const properties = attribs['itemprop']?.toLowerCase().split(/\s+/) ?? []
  const property = properties.find((one) => pictures.has(one))
  if (!property || 'itemscope' in attribs) return []
  const url = attribs['src'] || attribs['href'] || attribs['content'] || attribs['data']
  if (!url || (name === 'a' && property === 'logo')) return []
  const isPrimary = property !== 'logo' && !besides.test(visit.scope.item?.attribs['itemtype'] ?? '')
  const isStated = name === 'meta' || name === 'link'
  return sighted(visit, {
    urls: [{ text: url, grade: name === 'a' ? 'large' : 'shown' }],
    foundIn: 'microdata',
    declaredBy: isPrimary ? 'itemprop=image' : null,
    ...(isStated && { standing: 'stated', context: null }),
  })
}

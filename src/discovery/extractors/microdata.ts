import { sighted } from '../read/extractor.ts'
import type { Extractor } from '../read/extractor.ts'
import { looksLikePicture } from '../read/page-url.ts'

const pictures = new Set(['image', 'photo', 'thumbnailurl', 'contenturl', 'primaryimageofpage', 'logo'])
/** Items that stand beside the page's subject; their pictures are not its main one. */
const besides =
  /\/(?:Organization|Person|Brand|WebSite|Review|Comment|Offer|BreadcrumbList|ImageGallery|Rating)\b/i

/** Microdata (`itemprop=image`) and RDFa (`property="schema:image"`) and their kin, on whatever element carries it. */
export const microdata: Extractor = (visit) => {
  const { attribs, name } = visit.element
  const rdfa = name === 'meta' ? '' : (attribs['property'] ?? '')
  const said = `${attribs['itemprop'] ?? ''} ${rdfa.replace(/\b(?:schema|foaf|og|v|gr):/gi, '')}`
  const property = said
    .toLowerCase()
    .split(/\s+/)
    .find((one) => pictures.has(one))
  if (!property || 'itemscope' in attribs || 'typeof' in attribs) return []
  const url =
    attribs['src'] || attribs['href'] || attribs['resource'] || attribs['content'] || attribs['data']
  if (!url || (name === 'a' && (property === 'logo' || !looksLikePicture(url)))) return []
  // What only a query tells from a page is often a page: the one about the photographs.
  const mayBePage = name !== 'img' && url.includes('?') && !looksLikePicture(url)
  const isPrimary =
    !mayBePage && property !== 'logo' && !besides.test(visit.scope.item?.attribs['itemtype'] ?? '')
  const isStated = name === 'meta' || name === 'link'
  return sighted(visit, {
    urls: [{ text: url, grade: name === 'a' ? 'large' : 'shown' }],
    foundIn: 'microdata',
    declaredBy: isPrimary ? (attribs['itemprop'] ? 'itemprop=image' : 'property=image') : null,
    ...(isStated && { standing: 'stated', context: null }),
  })
}

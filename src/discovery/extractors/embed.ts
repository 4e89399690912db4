import type { Element } from 'domhandler'
import { sighted } from '../read/extractor.ts'
import type { Extractor } from '../read/extractor.ts'
import { looksLikePicture } from '../read/page-url.ts'

/** The rarer elements that show a picture: `video poster`, SVG `image`, `input type=image`, `object`, `background`. */
export const embed: Extractor = (visit) => {
  const url = embedded(visit.element)
  return sighted(visit, { urls: url ? [{ text: url, grade: 'shown' }] : [], foundIn: 'img' })
}

function embedded({ name, attribs }: Element): string | null {
  switch (name) {
    case 'video':
      return attribs['poster'] || null
    case 'image':
      return attribs['href'] || attribs['xlink:href'] || null
    case 'input':
      return (attribs['type']?.toLowerCase() === 'image' && attribs['src']) || null
    case 'object':
      return isPicture(attribs['data'], attribs['type'])
    case 'embed':
      return isPicture(attribs['src'], attribs['type'])
    default:
      return attribs['background'] || null
  }
}

function isPicture(url: string | undefined, type: string | undefined): string | null {
  return url && (type?.startsWith('image/') || looksLikePicture(url)) ? url : null
}

import { sighted } from '../read/extractor.ts'
import type { Extractor } from '../read/extractor.ts'
import { looksLikePicture } from '../read/page-url.ts'

/** Pages about a file, at an address that ends like the file's own. */
const aboutFile = /\/(?:wiki\/)?(?:File|Image|Datei|Fichier|Archivo):|[?&](?:title|page)=/i

/** Links whose target is a picture file: usually the full size of the thumbnail inside. */
export const link: Extractor = (visit) => {
  const { name, attribs } = visit.element
  const { href } = attribs
  if (name !== 'a' || !href || aboutFile.test(href) || /\.svg$/i.test(href)) return []
  // A picture named in the query is what a button shares or edits; the link leads to that.
  if (!looksLikePicture(href.split('?', 1)[0]!)) return []
  return sighted(visit, { urls: [{ text: href, grade: 'large' }], foundIn: 'link', linksTo: 'picture' })
}

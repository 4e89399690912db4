import { sighted } from '../extractor.ts'
import type { Extractor } from '../extractor.ts'
import { looseJson } from '../loose-json.ts'
import { looksLikePicture, unescapeUrl } from '../page-url.ts'
import { gradeOf, picturesInJson } from '../pictures-in-json.ts'
import type { JsonPicture } from '../pictures-in-json.ts'
import { rawText } from '../words.ts'

const maxPictures = 5_000
const slash = String.raw`(?:\/|\\\/|\\u002[fF]|\\x2[fF])`
const quoted = new RegExp(String.raw`["'](?=(?:https?:)?${slash})([^"'\s<>]{5,1000}?)\\?["']`, 'g')
const keyBefore = /([\w$-]{1,40})\\?["']?\s{0,5}:\s{0,5}\\?$/

/** Pictures that only a script knows: application state as JSON, and addresses in other scripts' strings. */
export const state: Extractor = (visit) => {
  const { name, attribs } = visit.element
  if (name !== 'script' || attribs['src']) return []
  const type = attribs['type']?.toLowerCase() ?? ''
  if (/ld\+json|html|template/.test(type)) return []
  const text = rawText(visit.element)
  const json = /json/.test(type) ? looseJson(text) : null
  const pictures = json === null ? picturesInStrings(text) : picturesInJson(json)
  return pictures.flatMap(({ urls, label, altText }) =>
    sighted(visit, {
      urls,
      label,
      foundIn: 'state',
      standing: visit.scope.zones.has('head') ? 'behind' : 'read',
      owner: {},
      altText,
      context: null,
      declared: {},
    }),
  )
}

function picturesInStrings(text: string): readonly JsonPicture[] {
  const found: JsonPicture[] = []
  for (const match of text.matchAll(quoted)) {
    const url = unescapeUrl(match[1]!)
    if (!looksLikePicture(url) || /\.svg(?:$|[?#])/i.test(url)) continue
    const key = keyBefore.exec(text.slice(Math.max(0, match.index - 60), match.index))?.[1] ?? ''
    found.push({ urls: [{ text: url, grade: gradeOf(key, 'shown') }], label: key, altText: null })
    if (found.length >= maxPictures) break
  }
  return found
}

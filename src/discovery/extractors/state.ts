import { sighted } from '../read/extractor.ts'
import type { Extractor } from '../read/extractor.ts'
import { contentsOf } from '../read/page-values.ts'
import type { ScriptContents } from '../read/page-values.ts'
import { looksLikePicture, unescapeUrl } from '../read/page-url.ts'
import { gradeOf, picturesInJson } from '../read/pictures-in-json.ts'
import type { JsonPicture } from '../read/pictures-in-json.ts'

const maxPictures = 5_000
const slash = String.raw`(?:\/|\\\/|\\u002[fF]|\\x2[fF])`
const quoted = new RegExp(String.raw`["'](?=(?:https?:)?${slash})([^"'\s<>]{5,1000}?)\\?["']`, 'g')
const keyBefore = /([\w$-]{1,40})\\?["']?\s{0,5}:\s{0,5}\\?$/

/** Pictures that only a script knows: application state, galleries in scripts, and addresses in other strings. */
export const state: Extractor = (visit) => {
  const { name, attribs } = visit.element
  if (name !== 'script' || /ld\+json/i.test(attribs['type'] ?? '')) return []
  return picturesOf(contentsOf(visit.element)).flatMap(({ urls, label, altText }) =>
    sighted(visit, {
      urls,
      label,
      foundIn: 'state',
      standing: visit.scope.zones.has('head') ? 'behind' : 'read',
      owner: {},
      altText,
      context: label.trim() ? `script: ${label.trim().replace(/\s+/g, '.')}` : null,
      declared: {},
    }),
  )
}

function picturesOf({ values, rest }: ScriptContents): readonly JsonPicture[] {
  const found = values.flatMap(({ path, value }) =>
    picturesInJson(value).map((picture) => ({ ...picture, label: `${path} ${picture.label}` })),
  )
  return [...found, ...picturesInStrings(rest)].slice(0, maxPictures)
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

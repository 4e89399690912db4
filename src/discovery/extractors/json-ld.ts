import { sighted } from '../read/extractor.ts'
import type { Extractor } from '../read/extractor.ts'
import { contentsOf } from '../read/page-values.ts'
import type { WrittenUrl } from '../read/sighting.ts'
import { oneLine } from '../read/words.ts'

const pictureKeys =
  /^(?:image|images|photo|photos|thumbnail|thumbnailUrl|contentUrl|primaryImageOfPage|logo|associatedMedia)$/
/** Types and keys that stand beside the page's subject. */
const besideTypes =
  /^(?:Organization|Corporation|Person|Brand|WebSite|BreadcrumbList|ItemList|ListItem|Review)$/
const besideKeys =
  /^(?:logo|author|publisher|brand|seller|review|isRelatedTo|isSimilarTo|creator|provider|itemListElement|offers)$/
const maxPictures = 5_000
const maxNodes = 200_000

interface Named {
  readonly url: WrittenUrl
  readonly caption: string | null
  readonly isPrimary: boolean
  readonly label: string
}

/** Pictures in JSON-LD: graphs, arrays, strings and ImageObjects. The first of a main entity is its primary one. */
export const jsonLd: Extractor = (visit) => {
  const { name, attribs } = visit.element
  if (name !== 'script' || !/ld\+json/i.test(attribs['type'] ?? '')) return []
  return named(contentsOf(visit.element).values.map(({ value }) => value)).flatMap(
    ({ url, caption, isPrimary, label }) =>
      sighted(visit, {
        urls: [url],
        foundIn: 'json-ld',
        standing: 'stated',
        owner: {},
        declaredBy: isPrimary ? 'JSON-LD image' : null,
        altText: caption,
        context: null,
        label,
        declared: { ...(url.width && { width: url.width }), ...(url.height && { height: url.height }) },
      }),
  )
}

function named(root: unknown): readonly Named[] {
  const found: Named[] = []
  const open: { value: unknown; beside: boolean; label: string }[] = [
    { value: root, beside: false, label: '' },
  ]
  for (let seen = 0; open.length && seen < maxNodes && found.length < maxPictures; seen++) {
    const { value, beside, label } = open.pop()!
    if (Array.isArray(value)) {
      for (let at = value.length - 1; at >= 0; at--) open.push({ value: value[at], beside, label })
      continue
    }
    if (!value || typeof value !== 'object') continue
    const node = value as Record<string, unknown>
    const isBeside = beside || [node['@type']].flat().some((type) => besideTypes.test(String(type)))
    for (const key of Object.keys(node)) {
      if (!pictureKeys.test(key)) continue
      const urls = [node[key]].flat(2).flatMap((one) => imageOf(one))
      const first = key !== 'logo' && !isBeside && !isImage(node)
      urls.forEach((one, at) =>
        found.push({ ...one, isPrimary: first && at === 0, label: `${label} ${key}` }),
      )
    }
    for (const key of Object.keys(node).reverse())
      if (!pictureKeys.test(key))
        open.push({ value: node[key], beside: isBeside || besideKeys.test(key), label: key })
  }
  return found
}

const isImage = (node: Record<string, unknown>) =>
  node['@type'] === 'ImageObject' && node['representativeOfPage'] !== true

function imageOf(value: unknown): readonly Pick<Named, 'url' | 'caption'>[] {
  if (typeof value === 'string') return [{ url: { text: value, grade: 'shown' }, caption: null }]
  if (!value || typeof value !== 'object') return []
  const node = value as Record<string, unknown>
  const text = [node['contentUrl'], node['url'], node['@id'], node['thumbnailUrl']].find(
    (one) => typeof one === 'string',
  )
  if (typeof text !== 'string' || text.startsWith('#') || /#\w*image\w*$/i.test(text)) return []
  const width = lengthOf(node['width'])
  const height = lengthOf(node['height'])
  const caption = [node['caption'], node['name']].find((one) => typeof one === 'string')
  return [
    {
      url: { text, grade: 'shown', ...(width && { width }), ...(height && { height }) },
      caption: typeof caption === 'string' ? oneLine(caption) : null,
    },
  ]
}

/** 1200, "1200", "1200px" or a QuantitativeValue. */
function lengthOf(value: unknown): number | null {
  const plain = value && typeof value === 'object' ? (value as Record<string, unknown>)['value'] : value
  const length = parseInt(String(plain), 10)
  return length > 0 && length < 100_000 ? length : null
}

import { sighted } from '../read/extractor.ts'
import type { Extractor, Seen } from '../read/extractor.ts'
import { cssUrls } from '../read/css-urls.ts'
import { islandProps } from '../read/island-props.ts'
import { looseJson } from '../read/loose-json.ts'
import { looksLikePicture } from '../read/page-url.ts'
import { gradeOf, picturesInJson } from '../read/pictures-in-json.ts'
import { scriptValues } from '../read/script-values.ts'
import { parseSrcset } from '../read/srcset.ts'

/** Attributes that hold a picture's URL on an `img` even where the URL itself does not look like a picture. */
const known = new Set(
  (
    'data-src data-original data-lazy-src data-lazy data-lazyload data-lazy-original data-original-src data-image ' +
    'data-img data-img-src data-imgsrc data-imageurl data-image-src data-iesrc data-src-main data-cfsrc data-ezsrc ' +
    'data-echo data-actualsrc data-defer-src data-thumb data-src-small data-src-medium data-zoom-image data-zoom-src ' +
    'data-large-image data-large_image data-src-large data-full-src data-a-hires data-old-hires data-hires ' +
    'data-image-big data-lgimg data-product-hdimage-source data-orig-file data-large-file data-medium-file ' +
    'lazy-src lazysrc original-src realsrc'
  ).split(' '),
)
const sets = /src-?_?set|original-set|lazy-set/
const backgrounds = /^data-(?:lazy-)?(?:bg|background)(?:-?(?:image|img|src|url))?$|^data-bgset$/
/** Data that names pictures only to be shown elsewhere, or says things about this page's tools. */
const notForItems = /icon|sprite|marker|pixel|track|beacon|analytics|flag/

/**
 * What lazy loaders and zooms keep in `data-` attributes, on any element: URLs, srcsets, CSS and JSON; and data in any
 * attribute that parts of a page are given (`:images="[…]"`, `props="{…}"`).
 */
export const lazy: Extractor = (visit) => {
  const { element } = visit
  const seen: Seen[] = []
  for (const [name, value] of Object.entries(element.attribs).slice(0, maxAttributes)) {
    if (value.length < 5 || notForItems.test(name)) continue
    if (isLazy(name, element.name)) seen.push(...seenIn(element.name, name, value))
    else if (isData(name, value)) seen.push(...fromJson(name, value, element.name === 'astro-island'))
  }
  return seen.flatMap((one) => sighted(visit, one))
}

/** No element says more; what follows is not read. */
const maxAttributes = 1_000

/** Any attribute of data, and any of an `img` that calls itself a source of some kind. */
function isLazy(name: string, tag: string): boolean {
  return (
    name.startsWith('data-') ||
    known.has(name) ||
    (tag === 'img' && /src/.test(name) && !/^src(?:set)?$/.test(name))
  )
}

/** Code and addresses begin like data too. */
const isData = (name: string, value: string) =>
  /^\s*[[{]/.test(value) && !/^(?:on|href|src|action|content|style|class)|^@|^\(/.test(name)

function seenIn(tag: string, name: string, value: string): readonly Seen[] {
  if (sets.test(name) || name === 'data-bgset') {
    const urls = parseSrcset(value).map((entry) => ({ ...entry, grade: 'later' as const }))
    return [{ urls, foundIn: 'lazy' }]
  }
  if (backgrounds.test(name)) return [{ urls: backgroundUrls(value), foundIn: 'lazy' }]
  if (/^\s*[[{]/.test(value)) return fromJson(name, value)
  const isUrl = looksLikePicture(value) || (known.has(name) && /^img$|^source$/.test(tag) && isUrlLike(value))
  if (!isUrl) return /^style$|-style$/.test(name) ? [{ urls: backgroundUrls(value), foundIn: 'css' }] : []
  return [{ urls: [{ text: value, grade: gradeOf(name.replace(/^data-/, ''), 'later') }], foundIn: 'lazy' }]
}

const isUrlLike = (text: string) => /[/.]/.test(text) && !/[\s<>{}]/.test(text.trim())

function backgroundUrls(text: string) {
  const entries = /url\(|image-set\(/i.test(text) ? cssUrls(text) : isUrlLike(text) ? [{ text }] : []
  return entries.map((entry) => ({ ...entry, grade: 'later' as const }))
}

/** JSON, or a literal of JavaScript. */
const dataIn = (text: string): unknown => looseJson(text) ?? scriptValues(`=${text}`)[0]?.value ?? null

/** One picture in the JSON belongs to the element; several are a gallery, each a picture of its own. */
function fromJson(name: string, value: string, isIsland = false): readonly Seen[] {
  const pictures =
    value.length < 2_000_000 && /\/|\.|%2e/i.test(value)
      ? picturesInJson(isIsland ? islandProps(dataIn(value)) : dataIn(value))
      : []
  return pictures.map(({ urls, label, altText }) => {
    const later = urls.map((url) => (url.grade === 'shown' ? { ...url, grade: 'later' as const } : url))
    return {
      urls: later,
      foundIn: 'lazy',
      label: `${name} ${label}`,
      ...(altText && { altText }),
      ...(pictures.length > 1 && { owner: {} }),
    }
  })
}

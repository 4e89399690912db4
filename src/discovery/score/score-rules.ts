import type { ImageKind } from '../../catalog/image.ts'
import type { PageFacts } from '../read/page-facts.ts'
import type { Traits } from './traits.ts'
import type { Zone } from '../read/zones.ts'

/** A named part of a score. */
export interface Part {
  readonly points: number
  readonly reason: string
  /** What the picture must then be. */
  readonly kind?: ImageKind
  /** Follows from where the picture stands or leads, not from what is said of itself. */
  readonly isPlace?: true
}

/** Looks at one trait; null where it has nothing to say. */
export type Rule = (traits: Traits, page: PageFacts) => Part | null

/** Words for what is drawn, not photographed. */
const graphics = words(
  'logo logos icon icons sprite sprites badge badges banner button btn flag flags arrow bullet stars rating ' +
    'favicon watermark overlay captcha qrcode separator divider floorplan siteplan swatch swatches colorchip',
)
const people = words('avatar avatars gravatar profile userpic author headshot seller')
const blanks = words(
  'placeholder blank spacer transparent dummy nophoto noimage comingsoon loading loader spinner pixel lazyload',
)
const ambiguous = words(
  'loader loading button btn divider separator pixel norton badge badges banner flag flags stars arrow bullet overlay ' +
    'profile author seller discover spinner dummy transparent blank cover',
)
const maps = /staticmap|maps\.google|\/maps\/api\/|static-?maps?[./]/i
const trackers =
  /\/(?:pixel|track|beacon|collect|impression|tr|p|b|count)(?:\.gif|\/?\?)|doubleclick|facebook\.com\/tr|scorecardresearch|google-analytics|googleadservices|bat\.bing|quantserve|adsct/i
const payments = words(
  'visa mastercard paypal amex maestro klarna applepay payment payments discover ssl mcafee norton',
)
const galleries = words('gallery photos slides')
const firsts = words('main hero primary featured lead cover')
const shown = words('image img photo picture')
const leading = words('main hero primary landing featured lead zoom large big feature cover')

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(' '))
}

const declared: Rule = ({ declaredBy }) =>
  declaredBy ? { points: 30, reason: `declared primary by ${declaredBy}` } : null

const place: Rule = ({ zones, onlyIn }) => {
  const losses: readonly (readonly [Zone, number, string])[] = [
    ['related', -30, 'among related items'],
    ['brand', -30, 'among badges or share buttons'],
    ['header', -25, 'in header'],
    ['nav', -25, 'in navigation'],
    ['footer', -25, 'in footer'],
    ['comments', -25, 'in comments or reviews'],
    ['promotion', -20, 'in a promotion'],
    ['aside', -15, 'in an aside'],
  ]
  const loss = losses.find(([zone]) => zones.has(zone))
  if (loss) return { points: loss[1], reason: loss[2], isPlace: true }
  if (onlyIn === 'state' || onlyIn === 'style sheet') return null
  if (zones.has('gallery')) return { points: 18, reason: 'in a gallery' }
  return zones.has('main') || zones.has('article') ? { points: 6, reason: 'in the main part' } : null
}

const size: Rule = ({ width, bounds, url }) => {
  if (trackers.test(url)) return { points: -60, reason: 'address of a tracker' }
  const least = Math.min(width ?? Infinity, bounds?.height ?? Infinity)
  if (least === Infinity) return null
  const claimed = bounds ? `declared ${bounds.width}×${bounds.height}` : `up to ${width} pixels wide`
  if (least <= 3) return { points: -60, reason: `${claimed}: tracker` }
  if (least < 50) return { points: -30, reason: `${claimed}: icon` }
  if (bounds && Math.max(bounds.width / bounds.height, bounds.height / bounds.width) > 3.5)
    return { points: -15, reason: `${claimed}: a strip` }
  const wide = width ?? least
  if (wide < 100) return { points: -12, reason: claimed }
  if (wide < 200) return null
  return { points: wide < 400 ? 6 : wide < 800 ? 12 : 16, reason: claimed }
}

const srcset: Rule = ({ srcsetWidth }) =>
  srcsetWidth >= 600 ? { points: 6, reason: `in srcset up to ${srcsetWidth}w` } : null

const larger: Rule = ({ hasLarger, linksTo }) =>
  hasLarger || linksTo === 'picture' ? { points: 10, reason: 'a larger version is named' } : null

const linked: Rule = ({ linksTo }) =>
  linksTo === 'page' ? { points: -15, reason: 'links to another page', isPlace: true } : null

const alt: Rule = ({ altWords, linksTo }, { titles }) => {
  const share = shareOf(altWords, titles)
  // A picture that leads elsewhere speaks of what is there, often an item of nearly the same name.
  const worth = linksTo === 'page' ? 0.5 : 1
  if (share >= 0.6) return { points: 22 * worth, reason: "alt names the page's title" }
  return share >= 0.3 ? { points: 10 * worth, reason: "alt shares words with the page's title" } : null
}

const name: Rule = ({ fileWords, url }, { titles, codes }) => {
  const address = url.toLowerCase()
  const code = codes.find((one) => address.includes(one) && /\d{4}/.test(one))
  if (code) return { points: 14, reason: `address holds the page's number ${code}` }
  const share = shareOf(new Set(fileWords), titles)
  return share >= 0.4 ? { points: 12, reason: "file name says the page's title" } : null
}

/** How much of the heading or the title is said, from 0 to 1; a title of one word is not enough to tell. */
function shareOf(said: ReadonlySet<string>, titles: readonly ReadonlySet<string>[]): number {
  const shares = titles.map((title) => [...title].filter((word) => said.has(word)).length / title.size)
  return shares.reduce((best, share, at) => (titles[at]!.size < 2 ? best : Math.max(best, share)), 0)
}

const junk: Rule = (traits, { titles }) => {
  const { fileWords, classWords, altWords, contextWords, url, declaredBy, width } = traits
  if (maps.test(url)) return { points: -35, reason: 'a map', kind: 'graphic' }
  const spoken: readonly (readonly [string, Iterable<string>, readonly ReadonlySet<string>[]])[] = [
    ['file name', withPairs(fileWords), [graphics, people, blanks, payments]],
    ['class', classWords, [graphics, people]],
    // A long alternative text describes a picture; a short one names what it is, unless the page has said so itself.
    ['alt', altWords.size <= 3 && !declaredBy ? altWords : [], [graphics, people, payments]],
  ]
  for (const [where, said, lists] of spoken)
    for (const word of said) {
      const list = lists.find((one) => one.has(word))
      // An item may itself be a badge or a flag.
      if (!list || titles.some((title) => title.has(word))) continue
      // An item may be called by a word that elsewhere means a drawing: a wheel loader, a button-down shirt.
      if (ambiguous.has(word) && contextWords.has(word)) continue
      // What is shown this large is no icon of the page: an app's, a product's.
      if (/^icons?$/.test(word) && (width ?? 0) >= 150) continue
      return { points: -35, reason: `${where} says ${word}`, kind: list === graphics ? 'graphic' : 'other' }
    }
  return null
}

/** Words as they stand and joined with the next: `floor-plan` is a floorplan. */
const withPairs = (said: readonly string[]) => [...said, ...said.slice(1).map((word, at) => said[at]! + word)]

const inGallery: Rule = ({ labelWords, onlyIn }) =>
  onlyIn === 'state' && labelWords.some((word) => galleries.has(word))
    ? { points: 8, reason: 'its key says gallery' }
    : null

const lead: Rule = ({ labelWords, onlyIn }) => {
  if (onlyIn !== null) return null
  const pair = labelWords.findIndex((one, at) => firsts.has(one) && shown.has(labelWords[at + 1] ?? ''))
  if (pair >= 0) return { points: 18, reason: `named ${labelWords[pair]} ${labelWords[pair + 1]}` }
  const word = labelWords.find((one) => leading.has(one))
  return word ? { points: 10, reason: `named ${word}` } : null
}

const folder: Rule = ({ url }) => {
  const found =
    /\/(icons?|ico|sprites?|logos?|badges?|flags?|emojis?|avatars?|placeholders?|spinners?|smil(?:ey|ie)s)\//i.exec(
      url,
    )
  return found ? { points: -20, reason: `in a folder called ${found[1]!.toLowerCase()}` } : null
}

const format: Rule = ({ url }) => {
  const extension = /\.(svg|gif|ico)(?:$|\?)/i.exec(url)?.[1]?.toLowerCase()
  if (!extension) return null
  if (extension === 'gif') return { points: -12, reason: 'a GIF' }
  return { points: -30, reason: `an ${extension.toUpperCase()}`, kind: 'graphic' }
}

const knownOnly: Rule = ({ onlyIn }) => {
  const points = { state: -15, 'style sheet': -25, css: -8, link: -5, meta: 0 }[onlyIn ?? 'meta']
  return points ? { points, reason: `known from ${onlyIn} only` } : null
}

const repeated: Rule = ({ shown, zones, width }) =>
  shown >= 4 && !zones.has('gallery') && (width ?? 0) < 200
    ? { points: -15, reason: `repeated on the page ${shown} times` }
    : null

const standIn: Rule = ({ standsIn }) =>
  standsIn ? { points: -40, reason: 'stands in for other pictures' } : null

/** All that is looked at; the parts' sum is the score. */
export const rules: readonly Rule[] = [
  declared,
  place,
  size,
  srcset,
  larger,
  linked,
  alt,
  name,
  junk,
  folder,
  lead,
  inGallery,
  format,
  knownOnly,
  repeated,
  standIn,
]

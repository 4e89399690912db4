import type { Candidate, ImageKind } from '../catalog/image.ts'
import type { Picture } from './merge.ts'
import type { PageFacts } from './page-facts.ts'
import { traitsOf } from './traits.ts'
import type { Traits } from './traits.ts'
import type { Zone } from './zones.ts'

/** A named part of a score. */
interface Part {
  readonly points: number
  readonly reason: string
}

type Rule = (traits: Traits, page: PageFacts) => Part | null

/** Where a picture starts of which nothing is known. */
const base = 35
const graphics = words(
  'logo logos icon icons sprite sprites badge badges banner button btn flag flags arrow bullet star stars rating ' +
    'favicon watermark seal captcha qrcode separator divider symbol floorplan swatch swatches colorchip play',
)
const people = words('avatar avatars gravatar profile userpic author headshot seller')
const blanks = words(
  'placeholder blank spacer transparent dummy nophoto noimage loading loader spinner pixel lazyload',
)
const trackers =
  /\/(?:pixel|track|beacon|collect|impression|tr|p|b|count)(?:\.gif|\/?\?)|doubleclick|facebook\.com\/tr|scorecardresearch|google-analytics|googleadservices|bat\.bing|quantserve|adsct/i
const payments = words(
  'visa mastercard paypal amex maestro klarna applepay payment payments discover ssl mcafee norton',
)
const leading = words('main hero primary landing featured lead zoom large big feature cover')
const lifestyles = words(
  'lifestyle ambient ambience ambiance roomset room interior scene inspiration mood outdoor model',
)

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(' '))
}

/** What the markup alone promises: a score of 0 to 100 as a sum of named parts, and what the picture may show. */
export function expectedScore(picture: Picture, page: PageFacts): Candidate['expected'] {
  const traits = traitsOf(picture)
  const parts = rules.flatMap((rule) => rule(traits, page) ?? [])
  const sum = parts.reduce((total, { points }) => total + points, base)
  const score = Math.max(0, Math.min(100, Math.round(sum)))
  return {
    score,
    kind: kindOf(traits, score),
    reasons: parts.map(({ points, reason }) => `${reason} (${signed(points)})`),
  }
}

const signed = (points: number) => (points < 0 ? `−${-points}` : `+${points}`)

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
  if (loss) return { points: loss[1], reason: loss[2] }
  if (onlyIn === 'state' || onlyIn === 'style sheet') return null
  if (zones.has('gallery')) return { points: 18, reason: 'in a gallery' }
  return zones.has('main') || zones.has('article') ? { points: 6, reason: 'in the main part' } : null
}

const size: Rule = ({ width, height, url }) => {
  if (trackers.test(url)) return { points: -60, reason: 'address of a tracker' }
  if (width === null && height === null) return null
  const [w, h] = [width ?? height!, height ?? width!]
  const claimed = `declared ${width ?? '?'}×${height ?? '?'}`
  if (w <= 3 || h <= 3) return { points: -60, reason: `${claimed}: tracker` }
  if (Math.min(w, h) < 50) return { points: -30, reason: `${claimed}: icon` }
  if (Math.max(w, h) / Math.min(w, h) > 3.5) return { points: -15, reason: `${claimed}: a strip` }
  if (w < 100) return { points: -12, reason: claimed }
  if (w < 200) return null
  return { points: w < 400 ? 6 : w < 800 ? 12 : 16, reason: claimed }
}

const srcset: Rule = ({ srcsetWidth }) =>
  srcsetWidth >= 600 ? { points: 6, reason: `in srcset up to ${srcsetWidth}w` } : null

const larger: Rule = ({ hasLarger, linksTo }) =>
  hasLarger || linksTo === 'picture' ? { points: 10, reason: 'a larger version is named' } : null

const linked: Rule = ({ linksTo }) =>
  linksTo === 'page' ? { points: -15, reason: 'links to another page' } : null

const alt: Rule = ({ altWords }, { titleWords }) => {
  const share = shareOf(altWords, titleWords)
  if (share >= 0.6) return { points: 22, reason: "alt names the page's title" }
  return share >= 0.3 ? { points: 10, reason: "alt shares words with the page's title" } : null
}

const name: Rule = ({ fileWords, url }, { titleWords, codes }) => {
  const address = url.toLowerCase()
  const code = codes.find((one) => address.includes(one) && /\d{4}/.test(one))
  if (code) return { points: 14, reason: `address holds the page's number ${code}` }
  const share = shareOf(new Set(fileWords), titleWords)
  return share >= 0.4 ? { points: 12, reason: "file name says the page's title" } : null
}

/** How much of the title is said, from 0 to 1; a title of one word is not enough to tell. */
function shareOf(said: ReadonlySet<string>, title: ReadonlySet<string>): number {
  if (title.size < 2) return 0
  return [...title].filter((word) => said.has(word)).length / title.size
}

const junk: Rule = ({ fileWords, labelWords, altWords }) => {
  const said: readonly (readonly [string, Iterable<string>])[] = [
    ['file name', fileWords],
    ['class', labelWords],
    ['alt', altWords.size <= 4 ? altWords : []],
  ]
  for (const [where, spoken] of said)
    for (const word of spoken) {
      if (graphics.has(word)) return { points: -35, reason: `${where} says ${word}` }
      if (people.has(word)) return { points: -35, reason: `${where} says ${word}` }
      if (payments.has(word) && where !== 'class') return { points: -35, reason: `${where} says ${word}` }
      if (blanks.has(word) && where !== 'class') return { points: -35, reason: `${where} says ${word}` }
    }
  return null
}

const lead: Rule = ({ labelWords, onlyIn }) => {
  const word = onlyIn === null ? labelWords.find((one) => leading.has(one)) : undefined
  return word ? { points: 10, reason: `named ${word}` } : null
}

const format: Rule = ({ url }) => {
  const extension = /\.(svg|gif|ico)(?:$|\?)/i.exec(url)?.[1]?.toLowerCase()
  if (!extension) return null
  return { points: extension === 'gif' ? -12 : -30, reason: `a ${extension.toUpperCase()}` }
}

const knownOnly: Rule = ({ onlyIn }) => {
  const points = { state: -15, 'style sheet': -25, css: -8, link: -5, meta: 0 }[onlyIn ?? 'meta']
  return points ? { points, reason: `known from ${onlyIn} only` } : null
}

const repeated: Rule = ({ shown }) =>
  shown >= 4 ? { points: -15, reason: `repeated on the page ${shown} times` } : null

const standIn: Rule = ({ standsIn }) =>
  standsIn ? { points: -40, reason: 'stands in for other pictures' } : null

const rules: readonly Rule[] = [
  declared,
  place,
  size,
  srcset,
  larger,
  linked,
  alt,
  name,
  junk,
  lead,
  format,
  knownOnly,
  repeated,
  standIn,
]

function kindOf({ fileWords, labelWords, altWords, url }: Traits, score: number): ImageKind {
  const said = [...fileWords, ...altWords]
  if (
    /\.(?:svg|ico)(?:$|\?)/i.test(url) ||
    (score < 35 && [...said, ...labelWords].some((word) => graphics.has(word)))
  )
    return 'graphic'
  if (score < 45) return 'other'
  return said.some((word) => lifestyles.has(word)) ? 'lifestyle' : 'product'
}

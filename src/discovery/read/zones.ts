import type { Element } from 'domhandler'
import { wordsOf } from './words.ts'

/** Parts of a page, by what is usually in them. */
export type Zone =
  | 'head'
  | 'header'
  | 'nav'
  | 'footer'
  | 'aside'
  | 'related'
  | 'promotion'
  | 'comments'
  | 'brand'
  | 'gallery'
  | 'main'
  | 'article'
  | 'copy'

const byTag: Record<string, Zone> = {
  head: 'head',
  header: 'header',
  nav: 'nav',
  footer: 'footer',
  aside: 'aside',
  main: 'main',
  article: 'article',
  noscript: 'copy',
}
const byRole: Record<string, Zone> = {
  banner: 'header',
  navigation: 'nav',
  contentinfo: 'footer',
  complementary: 'aside',
  main: 'main',
}
const byWord = new Map<string, Zone>(
  Object.entries({
    header: 'masthead topbar topnav',
    nav: 'nav navbar navigation menu megamenu breadcrumb breadcrumbs flyout dropdown',
    footer: 'footer',
    aside: 'sidebar',
    related:
      'related similar recommend recommended recommends recommendation recommendations upsell upsells crosssell ' +
      'crossselling suggested suggestions recently viewed bought together alternatives accessories trending ' +
      'bestseller bestsellers readmore morefrom sims',
    promotion:
      'sponsored promo promos promotion promotions advert advertisement adsense dfp banner banners newsletter',
    comments:
      'comment comments review reviews rating ratings testimonial testimonials author byline feedback',
    brand: 'payment payments social share sharing brands logos trust badges cookie cookies',
    gallery:
      'gallery photos zoom lightbox fancybox magnify imageviewer viewer mainimage productimage photoswipe fotorama ' +
      'altimages imageblock',
  } satisfies Partial<Record<Zone, string>>).flatMap(([zone, words]) =>
    words.split(' ').map((word) => [word, zone as Zone] as const),
  ),
)
/** Pairs of neighbouring words that mean something together. */
const byPair = new Map<string, Zone>(
  Object.entries({
    related:
      'also like|also viewed|also bought|cross sell|up sell|more from|more like|you may|others also|other products',
    gallery:
      'product image|product images|product media|product photo|product photos|main image|main photo|hero image|primary image|featured image|' +
      'image container|product slider|product carousel|image slider|photo slider|image carousel|media viewer|product gallery',
    header: 'site header|page header|top bar|global header',
  } satisfies Partial<Record<Zone, string>>).flatMap(([zone, pairs]) =>
    pairs.split('|').map((pair) => [pair, zone as Zone] as const),
  ),
)
/** Sliders put copies of their last slides before the first, and of the first behind the last. */
const clone = /(?:^|[\s_-])(?:cloned?|duplicate)(?:$|[\s_-])/i
const beside = new Set<Zone>([
  'header',
  'nav',
  'footer',
  'aside',
  'related',
  'promotion',
  'comments',
  'brand',
])

/** Whether a zone holds what is not the page's own subject. */
export const isBeside = (zone: Zone) => beside.has(zone)

/** The zones that an element opens, by its tag, role and names. */
export function zonesOf(element: Element): readonly Zone[] {
  const { name, attribs } = element
  if (name === 'html' || name === 'body') return []
  const found: Zone[] = []
  const tag = byTag[name]
  if (tag && Object.hasOwn(byTag, name)) found.push(tag)
  const role = attribs['role']
  if (role && Object.hasOwn(byRole, role)) found.push(byRole[role]!)
  const names = attribs['id'] || attribs['class'] ? `${attribs['id'] ?? ''} ${attribs['class'] ?? ''}` : ''
  if (!names || name === 'img') return found
  if (clone.test(names)) found.push('copy')
  const words = wordsOf(names.slice(0, 500))
  words.forEach((word, at) => {
    // What has a sidebar, or none, is not the sidebar.
    if (/^(?:has|with|no|without|hide)$/.test(words[at - 1] ?? '')) return
    const zone = byWord.get(word) ?? byPair.get(`${word} ${words[at + 1] ?? ''}`)
    if (zone) found.push(zone)
  })
  return found
}

import type { Element } from 'domhandler'
import { isTag } from 'domhandler'
import { looksLikePicture } from './page-url.ts'
import type { Sighting } from './sighting.ts'
import type { Visit } from './walk.ts'
import { oneLine, textOf } from './words.ts'

/** Takes the pictures out of one place of a page; answers an empty list where it has nothing to do. */
export type Extractor = (visit: Visit) => readonly Sighting[]

/** What an extractor says of a picture; the rest follows from the element and its surroundings. */
export type Seen = Pick<Sighting, 'urls' | 'foundIn'> & Partial<Sighting>

const none: readonly Sighting[] = []

/** One picture seen at an element, or nothing if no URL was written there. */
export function sighted(visit: Visit, seen: Seen): readonly Sighting[] {
  const { element, scope, order } = visit
  if (!seen.urls.length) return none
  const { attribs } = element
  const sighting: Sighting = {
    owner: ownerOf(visit),
    standing: 'read',
    declaredBy: null,
    altText: oneLine(attribs['alt']) ?? oneLine(attribs['aria-label']) ?? oneLine(attribs['title']),
    context: contextOf(visit),
    declared: declaredBounds(element),
    label: `${attribs['id'] ?? ''} ${attribs['class'] ?? ''} ${attribs['itemprop'] ?? ''}`.slice(0, 300),
    zones: scope.zones,
    linksTo: linkTarget(scope.link),
    linkHref: scope.link?.attribs['href'] ?? null,
    order,
    ...seen,
  }
  return [sighting]
}

/** Sources and fallback of a `picture` are one; a `noscript` copy belongs to the picture that it stands beside. */
function ownerOf({ element, scope }: Visit): Element {
  const own = scope.picture ?? element
  return (scope.copy && isOnlyOne(own) && pictureBeside(scope.copy)) || own
}

/** Whether a copy holds this picture alone: copies of a whole gallery stand for no single element beside them. */
function isOnlyOne(own: Element): boolean {
  const siblings = [nextElement(own, 'prev'), nextElement(own, 'next')]
  return !siblings.some((sibling) => sibling && shows.test(sibling.name))
}

const shows = /^(?:img|picture)$/

function nextElement(from: Element, side: 'prev' | 'next'): Element | null {
  let beside = from[side]
  while (beside && !isTag(beside)) beside = beside[side]
  return beside
}

function pictureBeside(copy: Element): Element | null {
  return (
    [nextElement(copy, 'prev'), nextElement(copy, 'next')].find((one) => one && shows.test(one.name)) ?? null
  )
}

function contextOf({ element, scope, heading }: Visit): string | null {
  return (
    (scope.figure && captionOf(scope.figure)) ??
    (element.attribs['alt'] ? oneLine(element.attribs['title']) : null) ??
    (scope.link && (oneLine(scope.link.attribs['title']) ?? textOf(scope.link))) ??
    (heading && textOf(heading))
  )
}

const captions = new WeakMap<Element, string | null>()

function captionOf(figure: Element): string | null {
  const known = captions.get(figure)
  if (known !== undefined) return known
  const caption = figure.children.find((child) => isTag(child) && child.name === 'figcaption')
  const text = caption && isTag(caption) ? textOf(caption) : null
  captions.set(figure, text)
  return text
}

function linkTarget(link: Element | null): 'picture' | 'page' | null {
  const href = link?.attribs['href']?.trim()
  if (!href || /^(?:#|javascript:|mailto:|tel:)/i.test(href)) return null
  return looksLikePicture(href) ? 'picture' : 'page'
}

/** The size that attributes or the style of an element claim, in pixels. */
export function declaredBounds({ attribs }: Element): Sighting['declared'] {
  const width = pixels(attribs['width'] ?? attribs['data-width']) ?? styled(attribs['style'], 'width')
  const height = pixels(attribs['height'] ?? attribs['data-height']) ?? styled(attribs['style'], 'height')
  return { ...(width !== null && { width }), ...(height !== null && { height }) }
}

const pixels = (text: string | undefined) => {
  const found = /^\s{0,9}(\d{1,5})(?:\.\d{1,9})?(?:px)?\s{0,9}$/.exec(text ?? '')
  return found ? Number(found[1]) : null
}

const styled = (style: string | undefined, side: 'width' | 'height') => {
  if (!style?.includes(side)) return null
  const found = new RegExp(`(?:^|;)\\s{0,9}${side}\\s{0,9}:\\s{0,9}(\\d{1,5})(?:\\.\\d{1,9})?px`, 'i').exec(
    style,
  )
  return found ? Number(found[1]) : null
}

import type { Element } from 'domhandler'
import { isTag } from 'domhandler'
import type { Reading, Span } from '../read/reading.ts'
import { isBesideSubject } from './beside.ts'
import { together } from './choose.ts'
import type { Weighed } from './choose.ts'
import type { PicturePlaces } from './entry-pictures.ts'
import { identityOf } from './identity.ts'
import { linksWithin } from './page-links.ts'
import type { PageLink } from './page-links.ts'
import type { Entry } from './proposals.ts'

interface Means {
  readonly links: readonly PageLink[]
  readonly reading: Reading
  readonly places: PicturePlaces
}

/** Blocks of which a list is made: from the outside in, what of their wrappers is alike. */
const maxLevels = 4

/**
 * The same list with what stands elsewhere on the page in blocks of the same make: a sponsored entry in a wrapper of its
 * own, a second section. A block is of the same make if it has the tag and all the classes that the others share, and
 * its link stands in it as theirs do. What is beside the page's subject belongs to another list.
 */
export function withSameMake(list: Weighed, { links, reading, places }: Means): Weighed {
  const makes = sharedMakes(list.entries.map((entry) => ({ ...entry, links: linksOf(entry, links) })))
  const isBesideList = isBesideSubject(list.entries[0]!.span.from, reading)
  const taken = new Uint8Array(reading.count())
  for (const { span } of list.entries) taken.fill(1, span.from, span.to + 1)
  const isTaken = ({ from, to }: Span) => taken.subarray(from, to + 1).includes(1)
  const looked = new Set<Element>()
  const found: Entry[] = []
  for (const link of links) {
    const block = taken[link.order] ? null : firstOf(makes, (make) => blockOver(link, make))
    if (!block || looked.has(block)) continue
    looked.add(block)
    const span = reading.spanOf(block)
    if (isTaken(span) || isBesideSubject(span.from, reading) !== isBesideList) continue
    if (places.within(span).length === 0) continue
    taken.fill(1, span.from, span.to + 1)
    found.push({ block, link, span })
  }
  const more = withoutRepeats(found, list.entries)
  const pictures = more.map(({ span }) => places.within(span))
  return more.length ? together(list, { entries: more, pictures, said: 0, text: 0, weight: 0 }) : list
}

/** A section that repeats some of the list's records shows them off; it has none of its own. */
function withoutRepeats(more: readonly Entry[], list: readonly Entry[]): readonly Entry[] {
  const identity = identityOf(list.map(({ link }) => link))
  const known = new Set(list.map(({ link }) => identity(link)))
  const sections = new Map<unknown, Entry[]>()
  for (const entry of more) {
    const section = sections.get(entry.block.parent)
    if (section) section.push(entry)
    else sections.set(entry.block.parent, [entry])
  }
  return [...sections.values()].flatMap((section) =>
    section.filter(({ link }) => known.has(identity(link))).length * 3 >= section.length ? [] : section,
  )
}

function firstOf<From, To>(all: readonly From[], find: (one: From) => To | null): To | null {
  for (const one of all) {
    const found = find(one)
    if (found) return found
  }
  return null
}

interface Make {
  readonly name: string
  readonly classes: readonly string[]
  readonly ways: ReadonlySet<string>
}

/** All links of an entry that lead where its own does. */
const linksOf = ({ link: { target }, span }: Entry, links: readonly PageLink[]) =>
  linksWithin(links, span).filter((link) => link.target === target)

function sharedMakes(entries: readonly (Entry & { readonly links: readonly PageLink[] })[]): readonly Make[] {
  const makes: Make[] = []
  let level = entries.map(({ block, link, links }) => ({ element: block, link, links }))
  while (level.length === entries.length && makes.length < maxLevels) {
    const [first, ...others] = level.map(({ element }) => element)
    const rest = others.map((element) => new Set(classesOf(element)))
    const classes = classesOf(first!).filter((word) => rest.every((words) => words.has(word)))
    const ways = new Set(level.flatMap(({ element, links }) => links.map((link) => wayOf(element, link))))
    if (classes.length) makes.push({ name: first!.name, classes, ways })
    level = level.flatMap(({ element, link, links }) => {
      const inner = towards(element, link.element)
      return inner ? [{ element: inner, link, links }] : []
    })
  }
  return makes
}

/** The child of an element in which another lies, unless that is the other itself. */
function towards(element: Element, inside: Element): Element | null {
  let at = inside
  while (at.parent && isTag(at.parent) && at.parent !== element) at = at.parent
  return at === inside || at.parent !== element ? null : at
}

const classesOf = ({ attribs }: Element) => (attribs['class'] ?? '').split(/\s+/).filter(Boolean)

/** The nearest element of a make around a link, in which the link stands as others do. */
function blockOver(link: PageLink, { name, classes, ways }: Make): Element | null {
  for (let up: Element['parent'] = link.element; up && isTag(up); up = up.parent) {
    if (up.name !== name) continue
    const words = classesOf(up)
    if (classes.every((word) => words.includes(word))) return ways.has(wayOf(up, link)) ? up : null
  }
  return null
}

/** How a link stands in its block: the tags between, and its own class. */
function wayOf(block: Element, { element }: PageLink): string {
  let way = element.attribs['class']?.replace(/\d+/g, '') ?? ''
  for (let up: Element['parent'] = element; up && up !== block && isTag(up); up = up.parent)
    way += `<${up.name}`
  return way
}

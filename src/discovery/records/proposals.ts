import type { Element, ParentNode } from 'domhandler'
import { isTag } from 'domhandler'
import type { Reading, Span } from '../read/reading.ts'
import { isBesideSubject } from './beside.ts'
import type { PageLink } from './page-links.ts'
import type { PathNumber } from './path-numbers.ts'
import { urlShape } from './url-shape.ts'

/** One of several alike places of a page, with the link that tells it from the others. */
export interface Entry {
  /** The largest element that holds no other entry's link. */
  readonly block: Element
  readonly link: PageLink
  readonly span: Span
}

/** Entries that may be the page's records: alike links, each in a block of its own, in page order. */
export interface Proposal {
  readonly entries: readonly Entry[]
}

/** Fewer alike entries are no list. */
export const fewest = 3
/** Groups that are looked at, the most numerous first. */
const maxGroups = 300

/**
 * Finds what repeats from the links alone: links that stand alike (the same tags above them, the same class) are one
 * group; around each of them the largest element that holds no other target of the group is its entry. Grids of rows,
 * carousels inside an entry and wrappers of any depth need no rule of their own.
 */
export function proposals(
  links: readonly PageLink[],
  reading: Reading,
  path: PathNumber,
): readonly Proposal[] {
  const alike = grouped(links, path)
  return [...alike, ...alike.flatMap(byShape)]
    .filter((group) => new Set(group.map(({ target }) => target)).size >= fewest)
    .sort((a, b) => b.length - a.length)
    .slice(0, maxGroups)
    .flatMap((group) => entriesOf(group, path, reading))
}

function grouped(links: readonly PageLink[], path: PathNumber): PageLink[][] {
  const groups = new Map<string, PageLink[]>()
  for (const link of links) {
    const classes = link.element.attribs['class']?.replace(/\d+/g, '').slice(0, 200) ?? ''
    const name = `${path(link.element)} ${classes}`
    const group = groups.get(name)
    if (group) group.push(link)
    else groups.set(name, [link])
  }
  return [...groups.values()]
}

/** Links of one make that lead to addresses of several shapes: a seller's beside the item's, a button's beside both. */
function byShape(group: readonly PageLink[]): readonly PageLink[][] {
  const shapes = new Map<string, PageLink[]>()
  for (const link of group) {
    const shape = link.url === null ? '' : urlShape(link.url)
    const known = shapes.get(shape)
    if (known) known.push(link)
    else shapes.set(shape, [link])
  }
  return shapes.size > 1 && shapes.size < group.length / fewest ? [...shapes.values()] : []
}

function entriesOf(group: readonly PageLink[], path: PathNumber, reading: Reading): readonly Proposal[] {
  const targets = targetsInside(group)
  const chains = group.map((link) => chainOf(link, targets))
  // Alike ways lead to the page's subject and to what is beside it; these are two lists.
  const place = (block: Element) => `${path(block)} ${isBesideSubject(reading.orderOf(block) ?? 0, reading)}`
  const tops = new Map<string, number>()
  for (const chain of chains) {
    const top = place(chain.at(-1)!)
    tops.set(top, (tops.get(top) ?? 0) + 1)
  }
  const left = new Set(group.keys())
  const found: Proposal[] = []
  for (const [top] of [...tops].sort((a, b) => b[1] - a[1])) {
    const blocks = new Map<Element, PageLink>()
    for (const at of left) {
      // The only entry in its row reaches further up than the others do.
      const block = chains[at]!.find((element) => place(element) === top)
      if (!block) continue
      left.delete(at)
      if (!blocks.has(block)) blocks.set(block, group[at]!)
    }
    if (blocks.size >= fewest)
      found.push({
        entries: [...blocks].map(([block, link]) => ({ block, link, span: reading.spanOf(block) })),
      })
  }
  return found
}

/** Of each element above a group's links: the one target inside it, or null for several. */
function targetsInside(group: readonly PageLink[]): ReadonlyMap<ParentNode, string | null> {
  const inside = new Map<ParentNode, string | null>()
  for (const { element, target } of group)
    for (let up: ParentNode | null = element; up; up = up.parent) {
      const other = inside.get(up)
      if (other === target || other === null) break
      inside.set(up, other === undefined ? target : null)
    }
  return inside
}

/** A link and the elements above it that hold no other target, from the inside out. */
function chainOf({ element, target }: PageLink, targets: ReadonlyMap<ParentNode, string | null>): Element[] {
  const chain = [element]
  for (let up = element.parent; up && isTag(up) && targets.get(up) === target; up = up.parent) chain.push(up)
  return chain
}

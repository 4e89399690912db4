import type { Element, ParentNode } from 'domhandler'
import { isTag } from 'domhandler'
import { parsePage } from './parse-page.ts'
import { rawText, textOf } from './words.ts'
import { isBeside, zonesOf } from './zones.ts'
import type { Zone } from './zones.ts'

/** What is known of an element from what is around it. */
export interface Scope {
  readonly zones: ReadonlySet<Zone>
  /** The nearest link, figure, picture and described item (microdata) around it. */
  readonly link: Element | null
  readonly figure: Element | null
  readonly picture: Element | null
  readonly item: Element | null
  /** The nearest `noscript` (or other markup kept as text) around it, whose pictures repeat those beside it. */
  readonly copy: Element | null
}

/** An element as a reader meets it. */
export interface Visit {
  readonly element: Element
  readonly scope: Scope
  /** Counts elements from the page's start. */
  readonly order: number
  /** The last heading before it. */
  readonly heading: Element | null
}

const nowhere: Scope = { zones: new Set(), link: null, figure: null, picture: null, item: null, copy: null }
const opensCopy = (name: string) => name === 'noscript' || name === 'script' || name === 'textarea'
const headings = new Set(['h1', 'h2', 'h3', 'h4'])

/** All elements in document order, each with its surroundings; without recursion, so that depth costs no stack. */
export function* walk(root: ParentNode): Iterable<Visit> {
  const subject = ancestorsOfSubject(root)
  const open: { node: ParentNode; scope: Scope }[] = [{ node: root, scope: nowhere }]
  let order = 0
  let heading: Element | null = null
  while (open.length) {
    const { node, scope } = open.pop()!
    if (isTag(node)) {
      if (headings.has(node.name)) heading = node
      yield { element: node, scope, order: order++, heading }
    }
    const inner = isTag(node) ? scopeInside(node, scope, subject) : scope
    const { children } = (isTag(node) && !scope.copy && markupIn(node)) || node
    for (let at = children.length - 1; at >= 0; at--) {
      const child = children[at]!
      if (isTag(child)) open.push({ node: child, scope: inner })
    }
  }
}

/** Markup kept as text: an escaped `noscript`, a script that is a template, a text area for a lazy loader. */
function markupIn(element: Element): ParentNode | null {
  const { name, attribs } = element
  const isTemplate = name === 'script' && /html|template|handlebars|mustache/i.test(attribs['type'] ?? '')
  if (!isTemplate && name !== 'noscript' && name !== 'textarea') return null
  const text = rawText(element)
  return /<(?:img|picture|source|a)\s/i.test(text) ? parsePage(text) : null
}

/** What holds the first heading or `main` is the page itself, whatever its class names say of menus and sidebars. */
function ancestorsOfSubject(root: ParentNode): ReadonlySet<ParentNode> {
  const found = new Set<ParentNode>()
  let seen = ''
  const open: ParentNode[] = [root]
  while (open.length && seen.length < 2) {
    const node = open.pop()!
    const mark = isTag(node) && (node.name === 'h1' ? 'h' : node.name === 'main' ? 'm' : '')
    if (mark && !seen.includes(mark) && (mark === 'm' || textOf(node))) {
      seen += mark
      for (let up: ParentNode | null = node; up; up = up.parent) found.add(up)
    }
    for (let at = node.children.length - 1; at >= 0; at--) {
      const child = node.children[at]!
      if (isTag(child)) open.push(child)
    }
  }
  return found
}

function scopeInside(element: Element, scope: Scope, subject: ReadonlySet<ParentNode>): Scope {
  const zones = zonesInside(element, scope.zones, subject)
  const { name, attribs } = element
  const isLink = name === 'a' && 'href' in attribs
  const isItem = 'itemscope' in attribs
  const opens = isLink || isItem || name === 'figure' || name === 'picture' || opensCopy(name)
  if (!opens && zones === scope.zones) return scope
  return {
    zones,
    link: isLink ? element : scope.link,
    figure: name === 'figure' ? element : scope.figure,
    picture: name === 'picture' ? element : scope.picture,
    item: isItem ? element : scope.item,
    copy: opensCopy(name) ? element : scope.copy,
  }
}

function zonesInside(element: Element, zones: ReadonlySet<Zone>, subject: ReadonlySet<ParentNode>) {
  const fresh = zonesOf(element).filter((zone) => {
    if (zones.has(zone)) return false
    // An article has a header of its own, with its title and often its picture.
    if (zone === 'header' && (zones.has('main') || zones.has('article'))) return false
    // The row of thumbnails under a picture is often called its navigation.
    if (zone === 'nav' && zones.has('gallery') && element.name !== 'nav') return false
    return !(isBeside(zone) && subject.has(element))
  })
  return fresh.length ? new Set([...zones, ...fresh]) : zones
}

import type { Element } from 'domhandler'
import { isTag, isText } from 'domhandler'
import type { Visit } from './walk.ts'
import type { Zone } from './zones.ts'

/** A stretch of a page: the orders of its first and its last element. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** What was noticed while a page was read once from its top to its end. */
export interface Reading {
  readonly note: (visit: Visit) => void
  /** Where an element was met; undefined for what was not read. */
  readonly orderOf: (element: Element) => number | undefined
  readonly spanOf: (element: Element) => Span
  /** Characters that a reader sees in a span. */
  readonly textIn: (span: Span) => number
  /** The same with what stands for pictures where they cannot be seen. */
  readonly saidIn: (span: Span) => number
  /** The same for the whole page without its furniture. */
  readonly mainText: () => number
  readonly elementAt: (order: number) => Element
  /** How many elements there are. */
  readonly count: () => number
  /** Zones around an element. */
  readonly zonesAt: (order: number) => ReadonlySet<Zone>
}

const unseen = /^(?:script|style|noscript|template|textarea|title|option)$/
const furniture: readonly Zone[] = ['head', 'header', 'nav', 'footer', 'copy']

/** An empty reading, to be filled visit by visit in the order of the page. */
export function newReading(): Reading {
  const orders = new Map<Element, number>()
  const elements: Element[] = []
  const zones: ReadonlySet<Zone>[] = []
  // Characters before each element, so that a span's text is one subtraction.
  const textBefore: number[] = [0]
  const altBefore: number[] = [0]
  let main = 0
  const orderOf = (element: Element) => orders.get(element)
  const within = (before: readonly number[], { from, to }: Span) =>
    before[Math.min(to + 1, zones.length)]! - before[from]!
  const textIn = (span: Span) => within(textBefore, span)
  return {
    note({ element, scope, order }) {
      orders.set(element, order)
      elements[order] = element
      zones[order] = scope.zones
      const text = unseen.test(element.name) || scope.copy ? 0 : ownText(element)
      textBefore[order + 1] = textBefore[order]! + text
      altBefore[order + 1] = altBefore[order]! + altText(element)
      if (text && !furniture.some((zone) => scope.zones.has(zone))) main += text
    },
    orderOf,
    spanOf: (element) => ({ from: orders.get(element) ?? 0, to: endOf(element, orderOf, zones.length) }),
    textIn,
    saidIn: (span) => textIn(span) + within(altBefore, span),
    mainText: () => main,
    elementAt: (order) => elements[order]!,
    count: () => elements.length,
    zonesAt: (order) => zones[order]!,
  }
}

/** A picture says what its alternative text does, as far as one looks. */
const mostOfAlt = 40

const altText = ({ name, attribs }: Element) =>
  name === 'img' ? Math.min(mostOfAlt, attribs['alt']?.trim().length ?? 0) : 0

function ownText(element: Element): number {
  let length = 0
  for (const child of element.children) if (isText(child)) length += child.data.trim().length
  return length
}

/** What comes next on the page after an element's contents, less one. */
function endOf(element: Element, orderOf: (element: Element) => number | undefined, count: number): number {
  for (let up: Element | null = element; up; up = up.parent && isTag(up.parent) ? up.parent : null)
    for (let next = up.next; next; next = next.next) {
      const order = isTag(next) ? orderOf(next) : undefined
      if (order !== undefined) return order - 1
    }
  return count - 1
}

import { firstThat } from '../read/first-that.ts'
import type { Span } from '../read/reading.ts'
import type { Weighed } from './choose.ts'
import { together } from './choose.ts'
import { identityOf } from './identity.ts'
import { urlShape } from './url-shape.ts'

/**
 * The same list with entries that are made otherwise: large ones before small ones, rows between cards. They count if
 * each weighs at least half as much, stands apart from the list's own, and leads to an address of the same shape; a
 * section that repeats the list's records shows them off.
 */
export function withOtherMakes(list: Weighed, all: readonly Weighed[]): Weighed {
  const shape = commonShape(list)
  if (shape === null) return list
  return all
    .filter((one) => one !== list && commonShape(one) === shape)
    .filter((one) => each(one) >= each(list) / 2)
    .sort((a, b) => b.weight - a.weight)
    .reduce((whole, one) => (isApart(one, whole) && isNew(one, whole) ? together(whole, one) : whole), list)
}

const each = ({ weight, entries }: Weighed) => weight / entries.length

/** The shape of nearly all of a list's addresses; null where they differ. */
function commonShape({ entries }: Weighed): string | null {
  const counts = new Map<string, number>()
  for (const { link } of entries) {
    const shape = link.url === null ? '' : urlShape(link.url)
    counts.set(shape, (counts.get(shape) ?? 0) + 1)
  }
  const [most] = [...counts].sort((a, b) => b[1] - a[1])
  return most && most[0] && most[1] >= 0.8 * entries.length ? most[0] : null
}

function isApart({ entries }: Weighed, { entries: others }: Weighed): boolean {
  const spans = others.map(({ span }) => span).sort((a, b) => a.from - b.from)
  return entries.every(({ span }) => !meetsOne(span, spans))
}

/** Whether a span meets one of others that are apart from each other and in order. */
function meetsOne({ from, to }: Span, spans: readonly Span[]): boolean {
  const next = spans[firstThat(spans, (other) => other.to >= from)]
  return next !== undefined && next.from <= to
}

function isNew({ entries }: Weighed, { entries: others }: Weighed): boolean {
  const identity = identityOf([...others, ...entries].map(({ link }) => link))
  const known = new Set(others.map(({ link }) => identity(link)))
  return entries.filter(({ link }) => known.has(identity(link))).length * 3 < entries.length
}

import type { Element } from 'domhandler'
import { isTag } from 'domhandler'
import type { Reading, Span } from '../read/reading.ts'
import type { PicturePlaces } from './entry-pictures.ts'
import type { Entry } from './proposals.ts'

/**
 * Where entries are flat, as rows of a table of which several make one record, or headings that text and pictures
 * follow, each reaches to the next one's start, or back to the last one's end, whichever gives more entries a picture.
 */
export function spread(entries: readonly Entry[], reading: Reading, places: PicturePlaces): readonly Entry[] {
  const withPicture = (all: readonly Entry[]) => all.filter(({ span }) => places.within(span).length).length
  const half = entries.length / 2
  const shown = withPicture(entries)
  if (shown > half) return entries
  const room = entries.map(({ block }) => parentSpan(block, reading))
  const reaching = [onward, back].map((reach) => {
    const spread = entries.map((entry, at) => ({ ...entry, span: reach(entries, room[at]!, at) }))
    return { spread, count: withPicture(spread) }
  })
  const best = reaching[1]!.count > reaching[0]!.count ? reaching[1]! : reaching[0]!
  return best.count > Math.max(shown, half) ? best.spread : entries
}

function onward(entries: readonly Entry[], room: Span, at: number): Span {
  const { from, to } = entries[at]!.span
  const next = entries[at + 1]?.span.from ?? Infinity
  return { from, to: Math.max(to, Math.min(room.to, next - 1)) }
}

function back(entries: readonly Entry[], room: Span, at: number): Span {
  const { from, to } = entries[at]!.span
  const last = entries[at - 1]?.span.to ?? -1
  return { from: Math.min(from, Math.max(room.from, last + 1)), to }
}

function parentSpan(block: Element, reading: Reading): Span {
  return block.parent && isTag(block.parent) ? reading.spanOf(block.parent) : reading.spanOf(block)
}

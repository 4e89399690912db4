import type { Reading, Span } from '../read/reading.ts'
import { textOf } from '../read/words.ts'
import { isBeside } from '../read/zones.ts'
import type { Zone } from '../read/zones.ts'
import type { PicturePlace, PicturePlaces } from './entry-pictures.ts'
import { spread } from './flat-entries.ts'
import { fewest } from './proposals.ts'
import type { Entry, Proposal } from './proposals.ts'

/** A proposal with its entries' pictures, and with what speaks for it. */
export interface Weighed {
  readonly entries: readonly Entry[]
  /** Pictures of each entry, those left out that many entries share. */
  readonly pictures: readonly (readonly PicturePlace[])[]
  /** How many entries say enough of themselves, in whole ones. */
  readonly said: number
  /** Letters in all entries. */
  readonly text: number
  readonly weight: number
}

/** Letters of text at which an entry says enough of itself. */
const enoughText = 60
/** What weighs less is no list: three entries with a picture, of which each says half of what is enough. */
const leastWeight = fewest / 2
const frame: readonly Zone[] = ['nav', 'header', 'footer', 'head']

/**
 * How much a proposal looks like the records of the page: the number of its entries, weakened where they say little,
 * show no pictures of their own, lead to the same pages, or stand in a part of the page that is beside its subject.
 */
export function weigh(proposal: Proposal, reading: Reading, places: PicturePlaces): Weighed {
  const entries = spread(proposal.entries, reading, places)
  const pictures = ownPictures(entries.map(({ span }) => places.within(span)))
  const share = pictures.filter((own) => own.length).length / entries.length
  const texts = entries.map(({ span }) => reading.textIn(span))
  // Where entries lead somewhere, what stands for their pictures counts too; a gallery's thumbnails have such texts.
  const leads = entries[0]!.link.url !== null
  const said = sumOf(leads ? entries.map(({ span }) => enough(reading.saidIn(span))) : texts.map(enough))
  const distinct = new Set(entries.map(({ link }) => link.target)).size / entries.length
  const weight = said * distinct * (share ? 0.2 + 0.8 * share : 0.03) * placeFactor(entries, reading)
  return { entries, pictures, said, text: sumOf(texts), weight }
}

const enough = (letters: number) => Math.min(1, letters / enoughText)

const sumOf = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0)

function placeFactor(entries: readonly { readonly span: Span }[], reading: Reading): number {
  const zones = reading.zonesAt(entries[entries.length >> 1]!.span.from)
  if (frame.some((zone) => zones.has(zone))) return 0.1
  return [...zones].some(isBeside) ? 0.3 : 1
}

/** What stands in many entries is the page's: a badge, a blank, a dealer's logo. */
function ownPictures(pictures: readonly (readonly PicturePlace[])[]): readonly (readonly PicturePlace[])[] {
  const counts = new Map<number, number>()
  for (const own of pictures)
    for (const { picture } of own) counts.set(picture, (counts.get(picture) ?? 0) + 1)
  const most = Math.max(2, 0.1 * pictures.length)
  return pictures.map((own) => own.filter(({ picture }) => counts.get(picture)! <= most))
}

/** The proposal that weighs most; null where nothing is a list. */
export function heaviest(all: readonly Weighed[]): Weighed | null {
  const best = all.reduce<Weighed | null>(
    (most, one) => (most && most.weight >= one.weight ? most : one),
    null,
  )
  if (!best || best.weight < leastWeight) return null
  const even = all.filter((one) => one.weight >= 0.98 * best.weight)
  return even.reduce((most, one) => (linkWorth(one) > linkWorth(most) ? one : most), best)
}

/**
 * Of links that stand in the same entries, those lead to the records that are headings, say what the record is called, or
 * hold its picture; a seller's face is a picture too, so that it alone does not decide.
 */
function linkWorth({ entries, pictures }: Weighed): number {
  return entries.slice(0, 10).reduce((sum, { link: { element } }, at) => {
    const isHeading =
      /^h\d$/.test(nameOf(element.parent)) || element.children.some((child) => /^h\d$/.test(nameOf(child)))
    const text = textOf(element) ?? element.attribs['title'] ?? element.attribs['aria-label'] ?? ''
    const alts = new Set((pictures[at] ?? []).map(({ alt }) => alt).filter(Boolean))
    const isNamed = [...alts].some((alt) => alt === text || (text.length > 8 && alt!.includes(text)))
    return sum + (isHeading ? 3 : 0) + (isNamed ? 2 : 0) + Math.min(1, text.length / 30)
  }, 0)
}

const nameOf = (node: object | null) => (node && 'name' in node ? String(node.name) : '')

/** Two lists as one, in page order. */
export function together(one: Weighed, other: Weighed): Weighed {
  const all = [one, other]
    .flatMap(({ entries, pictures }) => entries.map((entry, at) => ({ entry, own: pictures[at]! })))
    .sort((a, b) => a.entry.span.from - b.entry.span.from)
  return {
    entries: all.map(({ entry }) => entry),
    pictures: all.map(({ own }) => own),
    said: one.said + other.said,
    text: one.text + other.text,
    weight: one.weight + other.weight,
  }
}

import type { Picture } from '../merge.ts'
import type { Reading } from '../read/reading.ts'
import type { Weighed } from './choose.ts'
import { isBesideSubject } from './beside.ts'
import { urlShape } from './url-shape.ts'

interface Means {
  /** The page's own address. */
  readonly url: string
  readonly pictures: readonly Picture[]
  readonly reading: Reading
  readonly worth: (picture: number) => number
}

/** A picture outside the entries that promises this much may be what the page is about; that much, surely. */
export const promising = 60
const certain = 80
/** Entries of which nearly all have a picture are a list by their number alone. */
const manyEntries = 6

/**
 * Whether repeated entries are what a page is about, rather than what stands below its subject. For it speaks how much of
 * the page's text is in them, that they are many and illustrated, and that little comes before them; against it a picture
 * outside that promises much, the more so where the entries' addresses are built as the page's own is, as those of related
 * items are.
 */
export function isAboutList(list: Weighed, means: Means): boolean {
  const { reading } = means
  const { entries, pictures } = list
  const { from } = entries[0]!.span
  if (isBesideSubject(from, reading)) return false
  const main = Math.max(1, reading.mainText())
  const share = list.text / main
  const before = reading.textIn({ from: 0, to: from - 1 }) / main
  const best = bestOutside(list, means)
  const hasSiblings = leadsToSiblings(list, means.url)
  const isMany =
    entries.length >= manyEntries && pictures.filter((own) => own.length).length >= 0.8 * entries.length
  if (share >= 0.55) {
    if (entries.length <= 3) return best < promising
    return best < (hasSiblings ? promising : certain)
  }
  if (best < promising) return (share >= 0.2 && share >= before / 2) || (isMany && !hasSiblings)
  return share >= 0.2 && before <= share / 2 && isMany && !hasSiblings
}

function bestOutside({ pictures: own }: Weighed, { pictures, worth }: Means): number {
  const inside = new Set(own.flat().map(({ picture }) => picture))
  return pictures.reduce((best, _, at) => (inside.has(at) ? best : Math.max(best, worth(at))), 0)
}

/** The end of an address that counts the pages of a list. */
const pageOfList =
  /\/?(?:\/(?:page|seite|pagina|strana|stranica)\/\d+|[/_-](?:page|p|pg|seite|pagina|strana)[_-]?\d+)\/?(?=$|[?#])/i

/** Whether at least half of the entries lead to addresses built as the page's own. */
function leadsToSiblings({ entries }: Weighed, url: string): boolean {
  const own = urlShape(url.replace(pageOfList, ''))
  const alike = entries.filter(({ link }) => link.url !== null && urlShape(link.url) === own)
  return alike.length >= entries.length / 2
}

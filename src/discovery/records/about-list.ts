import type { Picture } from '../merge.ts'
import type { Reading } from '../read/reading.ts'
import type { Weighed } from './choose.ts'
import { isBesideSubject } from './beside.ts'

interface Means {
  readonly pictures: readonly Picture[]
  readonly reading: Reading
  readonly worth: (picture: number) => number
}

/** A picture outside the entries that promises this much may be what the page is about. */
const promising = 60

/**
 * Whether repeated entries are what a page is about, rather than what stands below its subject: most of its text is in
 * them; or a good part, no more than twice as much comes before them, and no picture outside promises much.
 */
export function isAboutList(
  { entries, pictures: own }: Weighed,
  { pictures, reading, worth }: Means,
): boolean {
  const { from } = entries[0]!.span
  if (isBesideSubject(from, reading)) return false
  const main = Math.max(1, reading.mainText())
  const share = entries.reduce((sum, { span }) => sum + reading.textIn(span), 0) / main
  const before = reading.textIn({ from: 0, to: from - 1 }) / main
  const inside = new Set(own.flat().map(({ picture }) => picture))
  const hasSubject = pictures.some((_, at) => !inside.has(at) && worth(at) >= promising)
  if (share >= 0.55) return entries.length > 3 || !hasSubject
  return share >= 0.2 && share >= before / 2 && !hasSubject
}

import type { Findings } from '../finder.ts'
import { normalUrl } from '../normal-url.ts'

/** Why the pages of a list were followed no further. */
export type EndOfPages = 'last page' | 'limit' | 'page seen before' | 'nothing new'

/** One page of a list. */
export interface FollowedPage<Read> {
  readonly read: Read
  /** Set on the last one that was followed. */
  readonly end: EndOfPages | null
}

interface Means<Read> {
  /** At most this many pages. */
  readonly most: number
  readonly read: (url: string) => Promise<Read>
  readonly findingsOf: (read: Read) => Findings
}

/**
 * Follows a list from its first page on, one after the other, in the order of their links. A trap ends it: a page that was
 * seen before, and a page that shows nothing new, as a calendar without end does and filters of filters do.
 */
export async function* followPages<Read>(
  first: string,
  { most, read, findingsOf }: Means<Read>,
): AsyncGenerator<FollowedPage<Read>, void> {
  const seenPages = new Set([normalUrl(first)])
  const seenThings = new Set<string>()
  let url = first
  for (let number = 1; ; number++) {
    const page = await read(url)
    const findings = findingsOf(page)
    const isNew =
      thingsOn(findings).filter((thing) => !seenThings.has(thing) && seenThings.add(thing)).length > 0
    const next = findings.next?.url
    const end = endOf({
      isNew,
      next,
      isSeen: next !== undefined && seenPages.has(normalUrl(next)),
      isLast: number >= most,
    })
    yield { read: page, end }
    if (end) return
    url = next!
    seenPages.add(normalUrl(url))
  }
}

function endOf(page: {
  readonly isNew: boolean
  readonly next: string | undefined
  readonly isSeen: boolean
  readonly isLast: boolean
}): EndOfPages | null {
  if (!page.isNew) return 'nothing new'
  if (page.next === undefined) return 'last page'
  if (page.isSeen) return 'page seen before'
  return page.isLast ? 'limit' : null
}

/** What a page of a list is there for: its records, or else its pictures. */
function thingsOn({ records, candidates }: Findings): readonly string[] {
  if (records.length) return records.map(({ url, images }) => url ?? images.join(' '))
  return candidates.filter(({ expected }) => expected.score >= 30).map(({ url }) => normalUrl(url))
}

/** What this process has asked of sources since it started. */
export interface Traffic {
  readonly pagesRead: number
  readonly pagesUnchanged: number
  readonly downloaded: number
  readonly downloadedBytes: number
  /** Answered 304. */
  readonly notModified: number
  /** Not asked at all: the same URL was fetched a short while ago for another item. */
  readonly known: number
}

export interface TrafficCounter extends Traffic {
  count(
    what: 'pagesRead' | 'pagesUnchanged' | 'downloaded' | 'notModified' | 'known',
    byteSize?: number,
  ): void
}

export function trafficCounter(): TrafficCounter {
  const counts = {
    pagesRead: 0,
    pagesUnchanged: 0,
    downloaded: 0,
    downloadedBytes: 0,
    notModified: 0,
    known: 0,
  }
  return Object.assign(counts, {
    count(what: 'pagesRead' | 'pagesUnchanged' | 'downloaded' | 'notModified' | 'known', byteSize = 0) {
      counts[what] += 1
      counts.downloadedBytes += byteSize
    },
  })
}

import sharp from 'sharp'
import { MagpieError } from '../../src/errors.ts'
import { fetchSettings } from '../../src/fetch/fetch-settings.ts'
import { openFetcher, type OpenFetcher } from '../../src/fetch/open-fetcher.ts'
import { readSettings } from '../../src/settings.ts'

/** What the drive of the hostile origin wants to know of one fetch. */
export interface Verdict {
  readonly verdict: 'accept' | 'reject' | 'retry'
  readonly code?: string
}

/**
 * The longest a download takes: above the 3 s after which the origin's late answer comes, which is to be accepted,
 * and below the 4 s at which the drive calls it too slow.
 */
const timeoutMs = 3500

// As the imaging room has it: an SVG is refused before 128 MB of it are unpacked.
sharp.block({ operation: ['VipsForeignLoadSvg'] })

const kinds = ['jpeg', 'png', 'webp', 'gif', 'heif']
const fetchers = new Map<string, OpenFetcher>()

/** The origin refuses so often that its host would be paused; the drive is about each fetch alone. */
const noTurns = { take: async () => ({ end: () => undefined }) }

function fetcherFor(host: string): OpenFetcher {
  const known = fetchers.get(host)
  if (known) return known
  const settings = readSettings(fetchSettings, {
    FETCH_TIMEOUT_MS: String(timeoutMs),
    FETCH_FIRST_BYTE_MS: String(timeoutMs),
    FETCH_MAX_BYTES: '8_000_000',
    FETCH_MAX_PAGE_BYTES: '8_000_000',
    FETCH_MAX_REDIRECTS: '5',
    // The origin's own port and no other: its canary on the next one stays private.
    FETCH_ALLOW_PRIVATE: host,
  })
  const fetcher = openFetcher(settings, undefined, { turns: noTurns })
  fetchers.set(host, fetcher)
  return fetcher
}

/**
 * Fetches and decodes, as the drive of the hostile origin asks. Without robots.txt: the origin's wants a second between
 * requests, and a chain of redirects would take longer than the drive waits. Nor is any other word of the site heeded.
 */
export async function fetchImage(url: string): Promise<Verdict> {
  const policy = {
    hostConcurrency: 4,
    hostDelayMs: 0,
    headers: {},
    robots: 'ignore',
    optOut: 'ignore',
  } as const
  try {
    const fetched = await fetcherFor(new URL(url).host)
      .under(policy)
      .image(url, null, AbortSignal.timeout(10_000))
    return (await isPicture(fetched?.bytes))
      ? { verdict: 'accept' }
      : { verdict: 'reject', code: 'not decoded' }
  } catch (thrown) {
    if (!(thrown instanceof MagpieError)) throw thrown
    return { verdict: thrown.retry ? 'retry' : 'reject', code: thrown.code }
  }
}

async function isPicture(bytes: Uint8Array | undefined): Promise<boolean> {
  try {
    const picture = sharp(bytes, { limitInputPixels: 50e6, failOn: 'error' })
    const { format } = await picture.metadata()
    if (!kinds.includes(format)) return false
    await picture.stats()
    return true
  } catch {
    return false
  }
}

import { MagpieError } from '../errors.ts'
import { shown } from './checked-url.ts'
import type { Order, Whole } from './exchange.ts'
import type { fetchSettings } from './fetch-settings.ts'
import type { Fetched, FetchedPage, FetchPolicy, Validators } from './fetcher.ts'
import { encodings, type BodyLimits } from './limited-body.ts'
import { pageText } from './page-text.ts'
import { likeness } from './sniff.ts'
import { header, type Headers } from './statuses.ts'
import type { Values } from '../settings.ts'

export type FetchSettings = Values<typeof fetchSettings>

/** What all orders of one source have in common. */
export interface Terms {
  readonly policy: FetchPolicy
  readonly userAgent: string
  readonly settings: FetchSettings
}

/** RFC 9309 wants at least this much of a robots.txt to be read. */
const maxRobotsBytes = 500 * 1024

const compressed = encodings.join(', ')

/** A picture: of the kinds we read best, uncompressed since its format is; text is refused as soon as it is seen. */
export function imageOrder(
  url: URL,
  known: Validators | null,
  { policy, userAgent, settings }: Terms,
): Order {
  const accept = 'image/jpeg,image/png,image/webp,image/avif,image/*;q=0.8,*/*;q=0.1'
  return {
    url,
    policy,
    known,
    asking: { userAgent, accept, acceptEncoding: 'identity' },
    limits: (_headers, at) => ({
      maxBytes: settings.FETCH_MAX_BYTES,
      setting: 'FETCH_MAX_BYTES',
      beyond: 'refuse',
      idleMs: settings.FETCH_IDLE_MS,
      inspect: (start) => refuseText(start, at),
    }),
  }
}

function refuseText(start: Uint8Array, url: URL) {
  const seen = likeness(start)
  if (seen === 'html' || seen === 'text')
    throw new MagpieError(
      'not_an_image',
      `${shown(url)} answered with ${seen === 'html' ? 'a web page' : 'text'} in place of a picture.`,
      { measured: seen },
    )
}

/** An HTML document, by its header or by its first bytes. */
export function pageOrder(url: URL, known: Validators | null, { policy, userAgent, settings }: Terms): Order {
  const accept = 'text/html,application/xhtml+xml,*/*;q=0.1'
  return {
    url,
    policy,
    known,
    asking: { userAgent, accept, acceptEncoding: compressed },
    limits: (headers, at) => ({
      maxBytes: settings.FETCH_MAX_PAGE_BYTES,
      setting: 'FETCH_MAX_PAGE_BYTES',
      beyond: 'refuse',
      idleMs: settings.FETCH_IDLE_MS,
      inspect: (start) => refuseOther(start, headers, at),
    }),
  }
}

function refuseOther(start: Uint8Array, headers: Headers, url: URL) {
  const type = header(headers, 'content-type') ?? ''
  const seen = likeness(start)
  const declared = /^\s*(text\/html|application\/xhtml\+xml)\s*(;|$)/i.test(type)
  // UTF-16 without a mark is full of zeros and looks binary.
  const wide = /charset\s*=\s*["']?utf-16/i.test(type)
  if (seen === 'empty' || seen === 'html' || (declared && (seen === 'text' || wide))) return
  const what = mediaTypeOf(headers) ?? seen
  throw new MagpieError('not_html', `${shown(url)} answered with ${what}, not with a web page.`, {
    measured: what,
  })
}

/** A robots.txt; of a long one the beginning. */
export function robotsOrder(url: URL, { policy, userAgent, settings }: Terms): Order {
  const limits: BodyLimits = {
    maxBytes: maxRobotsBytes,
    setting: 'FETCH_MAX_PAGE_BYTES',
    beyond: 'cut',
    idleMs: settings.FETCH_IDLE_MS,
  }
  return {
    url,
    // One text serves all sources of a site, so no source's credentials go with it.
    policy: { ...policy, headers: {} },
    known: null,
    asking: { userAgent, accept: 'text/plain,*/*;q=0.1', acceptEncoding: compressed },
    limits: () => limits,
  }
}

/** An answer as the bytes of a picture. */
export const asFetched = ({ url, headers, bytes }: Whole): Fetched => ({
  url: url.href,
  bytes,
  mediaType: mediaTypeOf(headers),
  validators: validatorsOf(headers),
})

/** An answer as the text of a page. */
export const asPage = ({ url, headers, bytes }: Whole): FetchedPage => ({
  url: url.href,
  html: pageText(bytes, header(headers, 'content-type')),
  validators: validatorsOf(headers),
})

/** The media type without parameters, in lower case; null when the header is none or nonsense. */
function mediaTypeOf(headers: Headers): string | null {
  return (
    /^\s*([\w!#$&^.+-]+\/[\w!#$&^.+-]+)\s*(;|$)/
      .exec(header(headers, 'content-type') ?? '')?.[1]
      ?.toLowerCase() ?? null
  )
}

/** The validators exactly as they were sent, for they are compared octet by octet. */
function validatorsOf(headers: Headers): Validators {
  const etag = header(headers, 'etag')
  const lastModified = header(headers, 'last-modified')
  return { ...(etag && { etag }), ...(lastModified && { lastModified }) }
}

import { MagpieError } from '../errors.ts'
import { shown } from './checked-url.ts'
import type { Consent, Leave } from './consent/consent.ts'
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

/** The terms of what is kept: its source is heard. */
export interface AgreedTerms extends Terms {
  readonly consent: Consent
}

/** RFC 9309 wants at least this much of a robots.txt to be read; a tdmrep.json that is longer is none. */
const maxTextBytes = 500 * 1024

const compressed = encodings.join(', ')

/** A picture: of the kinds we read best, uncompressed since its format is; text is refused as soon as it is seen. */
export function imageOrder(
  url: URL,
  known: Validators | null,
  { policy, userAgent, settings, consent }: AgreedTerms,
): Order {
  const accept = 'image/jpeg,image/png,image/webp,image/avif,image/*;q=0.8,*/*;q=0.1'
  return {
    url,
    policy,
    known,
    asking: { userAgent, accept, acceptEncoding: 'identity' },
    leave: consent.leave,
    hear: consent.hearImage,
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
export function pageOrder(
  url: URL,
  known: Validators | null,
  { policy, userAgent, settings, consent }: AgreedTerms,
): Order {
  const accept = 'text/html,application/xhtml+xml,*/*;q=0.1'
  return {
    url,
    policy,
    known,
    asking: { userAgent, accept, acceptEncoding: compressed },
    leave: consent.leave,
    hear: consent.hearPage,
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
  const what = declared ? `something that is called ${mediaTypeOf(headers)}` : (mediaTypeOf(headers) ?? seen)
  throw new MagpieError('not_html', `${shown(url)} answered with ${what}, not with a web page.`, {
    measured: what,
  })
}

/** What a site says about itself; of a long text the beginning. */
export function textOrder(url: URL, leave: Leave, { policy, userAgent, settings }: Terms): Order {
  const limits: BodyLimits = {
    maxBytes: maxTextBytes,
    setting: 'FETCH_MAX_PAGE_BYTES',
    beyond: 'cut',
    idleMs: settings.FETCH_IDLE_MS,
  }
  return {
    url,
    // One text serves all sources of a site, so no source's credentials go with it.
    policy: { ...policy, headers: {} },
    known: null,
    asking: { userAgent, accept: 'text/plain,application/json,*/*;q=0.1', acceptEncoding: compressed },
    leave,
    limits: () => limits,
  }
}

/** An answer as the bytes of a picture. */
export const asFetched = ({ url, headers, bytes }: Whole, consent: Consent): Fetched => ({
  url: url.href,
  bytes,
  mediaType: mediaTypeOf(headers),
  validators: validatorsOf(headers),
  signals: consent.imageSignals(headers),
})

/** An answer as the text of a page. Throws `source_opted_out`. */
export function asPage({ url, headers, bytes }: Whole, consent: Consent): FetchedPage {
  const html = pageText(bytes, header(headers, 'content-type'))
  const signals = consent.pageSignals(html, headers, url)
  return { url: url.href, html, validators: validatorsOf(headers), signals }
}

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

import { MagpieError } from '../errors.ts'
import type { FetchPolicy, Validators } from './fetcher.ts'
import { encodings } from './limited-body.ts'

/** What a request asks for. */
export interface Asking {
  readonly userAgent: string
  readonly accept: string
  readonly acceptEncoding: string
}

// What frames a message or names its host is ours alone to say.
const ours =
  /^(host|connection|keep-alive|proxy-.*|transfer-encoding|content-length|te|trailer|upgrade|expect|if-.*|range)$/i

/**
 * The headers of a request. The policy's come last, and only where `atHome`: as long as no redirect has led to another origin.
 * Throws `input_invalid` for a header of the policy that cannot be sent.
 */
export function requestHeaders(
  asking: Asking,
  known: Validators | null,
  { policy, atHome }: { policy: FetchPolicy; atHome: boolean },
): Record<string, string> {
  const headers: Record<string, string> = {
    'user-agent': asking.userAgent,
    accept: asking.accept,
    'accept-encoding': asking.acceptEncoding,
  }
  if (known?.etag && isSendable(known.etag)) headers['if-none-match'] = known.etag
  if (known?.lastModified && isSendable(known.lastModified)) headers['if-modified-since'] = known.lastModified
  for (const [name, value] of atHome ? Object.entries(policy.headers) : []) {
    if (!isSettable(name, value))
      throw new MagpieError(
        'input_invalid',
        `The header "${name.slice(0, 60)}" of the source’s policy cannot be sent.`,
      )
    headers[name.toLowerCase()] = value
  }
  return headers
}

/** Whether any validator goes with a request, so that it may be answered 304. */
export const isConditional = (headers: Readonly<Record<string, string>>): boolean =>
  'if-none-match' in headers || 'if-modified-since' in headers

const isSettable = (name: string, value: string) =>
  /^[\w!#$%&'*+.^`|~-]+$/.test(name) &&
  !ours.test(name) &&
  isSendable(value) &&
  // Some sources want to hear that we take compression, which only an encoding that we read may promise.
  (!/^accept-encoding$/i.test(name) || value.split(',').every((one) => readable.includes(one.trim())))

const readable: readonly string[] = [...encodings, 'identity']

const isSendable = (value: string) => /^[\t\x20-\x7e\x80-\xff]+$/.test(value)

/** The one name we go under: the product, and where its operator can be reached. */
export function userAgent(product: string, contact: string | null): string {
  const name = contact === null ? product : `${product} (+${contact})`
  return name.replace(/[^\x20-\x7e]/g, '').trim() || 'Magpie'
}

/** The word that robots.txt files know a user agent by. */
export const productToken = (agent: string): string => /^[a-z_-]+/i.exec(agent)?.[0] ?? 'Magpie'

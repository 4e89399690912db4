import { isIP } from 'node:net'
import { domainToUnicode } from 'node:url'
import { MagpieError, type ErrorCode } from '../errors.ts'

// The ports that the fetch standard blocks, because what listens there is not HTTP (https://fetch.spec.whatwg.org/#port-blocking).
const blockedPorts = new Set(
  (
    '0 1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 117 119 ' +
    '123 135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 587 601 636 989 990 ' +
    '993 995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 10080'
  )
    .split(' ')
    .map(Number),
)

export interface UrlRules {
  readonly maxLength: number
  /** Whether an operator has listed this host, as FETCH_ALLOW_PRIVATE does. */
  readonly isListed: (hostname: string, port: number) => boolean
}

/** The port of a URL, its scheme's own if none is written. */
export const portOf = (url: URL): number => Number(url.port) || (url.protocol === 'https:' ? 443 : 80)

/** The host of a URL as sockets want it: IPv6 without brackets. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '')

// Signed addresses of S3, Google Cloud, Azure, CloudFront and Akamai, and what APIs take in a query for want of a header.
const secretName =
  /token|signature|secret|passw|credential|api[-_]?key|authorization|session|jwt|hmac|^(sig|key|auth|sid|pwd|policy|hdn(ts|ea))$/i

/** A URL as messages show it: without userinfo, fragment and the values of secrets, cut when long. */
export function shown(url: URL | string): string {
  const parsed = typeof url === 'string' ? URL.parse(url) : url
  if (!parsed) return `"${cut(String(url).replace(/[^\x21-\x7e]/g, '?'), 80)}"`
  return cut(`${parsed.protocol}//${parsed.host}${parsed.pathname}${withoutSecrets(parsed.search)}`, 160)
}

const withoutSecrets = (search: string) =>
  search.replace(/([?&])([^=&]+)=([^&]+)/g, (all, before: string, name: string) =>
    secretName.test(name) ? `${before}${name}=…` : all,
  )

const cut = (text: string, length: number) => (text.length > length ? `${text.slice(0, length - 1)}…` : text)

/**
 * A text as a URL that may be asked for: absolute http or https, written without blanks, backslashes or credentials,
 * on a port where HTTP is spoken, to a host whose name belongs on the open web.
 * Throws `url_invalid`, or `address_private` for names that only mean something inside a network.
 */
export function checkedUrl(text: string, rules: UrlRules): URL {
  if (text.length > rules.maxLength)
    throw refused(
      'url_invalid',
      `The address is ${text.length} characters long; ${rules.maxLength} are allowed.`,
      {
        setting: 'FETCH_MAX_URL_LENGTH',
        measured: text.length,
      },
    )
  // Blanks, controls and backslashes are where URL parsers disagree, and what one parser checks another would fetch.
  if (/[\x00-\x20\x7f\\]/.test(text))
    throw refused(
      'url_invalid',
      `The address ${shown(text)} has a blank, a control character or a backslash in it.`,
    )
  if (!/^https?:\/\/[^/]/i.test(text))
    throw refused('url_invalid', `The address ${shown(text)} does not begin with http:// or https://.`)
  const url = URL.parse(text)
  if (!url) throw refused('url_invalid', `The address ${shown(text)} is not a valid URL.`)
  checkAuthority(url, text)
  checkHost(url, rules)
  return url
}

function checkAuthority(url: URL, text: string) {
  const authority = /^[^:]+:\/\/([^/?#]*)/.exec(text)?.[1] ?? ''
  if (authority.includes('@') || url.username || url.password)
    throw refused('url_invalid', `The address of ${url.hostname} has credentials in it.`, {
      remedy: 'Give them as an authorization header in the source’s policy.',
    })
}

function checkHost(url: URL, rules: UrlRules) {
  const hostname = hostOf(url)
  const port = portOf(url)
  if (rules.isListed(hostname, port)) return
  if (blockedPorts.has(url.port === '0' ? 0 : port))
    throw refused('url_invalid', `Port ${url.port} of ${hostname} is not one where HTTP is spoken.`)
  if (!isLiteral(url) && (hostname.length > 254 || hostname.replace(/\.$/, '').split('.').some(isBadLabel)))
    throw refused('url_invalid', `${cut(hostname, 80)} is not a valid host name.`)
  if (!isLiteral(url) && isPrivateName(hostname))
    throw refused('address_private', `${hostname} is a name inside a private network.`)
}

const isLiteral = (url: URL) => isIP(hostOf(url)) > 0

const isBadLabel = (label: string) =>
  label === '' || label.length > 63 || (label.startsWith('xn--') && domainToUnicode(label).startsWith('xn--'))

// Special-use names (RFC 6761, 6762, 7686, 8375, 9476) and those that clouds and container runtimes resolve for themselves.
const privateSuffix =
  /(^|\.)(localhost|localdomain|local|internal|intranet|private|corp|home|lan|arpa|onion|alt|test|invalid|consul|cluster)$/

/** Whether a name means something only inside a network: one label, or under a suffix kept for such use. */
export function isPrivateName(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '').toLowerCase()
  return !name.includes('.') || privateSuffix.test(name)
}

function refused(code: ErrorCode, message: string, details = {}) {
  return new MagpieError(code, message, details)
}

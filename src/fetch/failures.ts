import { MagpieError, type ErrorCode, type ErrorDetails } from '../errors.ts'
import { hostOf, portOf, shown } from './checked-url.ts'

/** Where in an exchange something failed: before the answer's headers were whole, or in its body. */
export type Phase = 'head' | 'body'

type Named = readonly [ErrorCode, (host: string) => string, ErrorDetails?]

const lost: Named = ['connection_lost', (host) => `${host} broke the connection off.`]
const late: Named = ['fetch_timeout', (host) => `${host} did not answer in time.`]
const unreachable: Named = ['connection_refused', (host) => `${host} cannot be reached.`]
const cut: Named = ['body_truncated', (host) => `The answer of ${host} broke off before its end.`]
const wrong = (why: string, details?: ErrorDetails): Named => [
  'response_invalid',
  (host) => `The answer of ${host} is not valid HTTP: ${why}.`,
  details,
]

const byCode: Readonly<Record<string, Named>> = {
  ENOTFOUND: ['dns_not_found', (host) => `There is no host called ${host}.`],
  ENODATA: ['dns_not_found', (host) => `The name ${host} has no address.`],
  EAI_AGAIN: ['dns_failed', (host) => `The name ${host} could not be looked up.`],
  ECONNREFUSED: ['connection_refused', (host) => `${host} refused the connection.`],
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  EADDRNOTAVAIL: unreachable,
  EACCES: unreachable,
  ECONNRESET: lost,
  ECONNABORTED: lost,
  EPIPE: lost,
  UND_ERR_SOCKET: lost,
  UND_ERR_INFO: lost,
  UND_ERR_CLOSED: lost,
  UND_ERR_DESTROYED: lost,
  ERR_STREAM_PREMATURE_CLOSE: lost,
  ETIMEDOUT: late,
  UND_ERR_CONNECT_TIMEOUT: late,
  UND_ERR_HEADERS_TIMEOUT: late,
  UND_ERR_BODY_TIMEOUT: late,
  // undici asserts what its parser should have seen to, as a status below 100.
  ERR_ASSERTION: wrong('its status or framing makes no sense'),
  UND_ERR_HEADERS_OVERFLOW: wrong('its headers are larger than allowed', {
    setting: 'FETCH_MAX_HEADER_BYTES',
  }),
  UND_ERR_INVALID_ARG: ['input_invalid', (host) => `The request to ${host} cannot be written.`],
}

// Its code is often missing.
const isParser = (error: Error) => error.name === 'HTTPParserError' || codeOf(error).startsWith('HPE_')

const isTls = (code: string) =>
  /^(ERR_TLS|ERR_SSL|CERT_|CRL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|EPROTO)/.test(
    code,
  )

/** What Node or undici threw while asking for a URL, under its code. A signal's own reason is not for here. */
export function failure(thrown: unknown, url: URL, phase: Phase): MagpieError {
  for (const error of causes(thrown)) if (error instanceof MagpieError) return error
  const [code, say, details] = name(causes(thrown), phase)
  return new MagpieError(code, say(`${hostOf(url)}${atPort(url)}`), { ...details, cause: thrown })
}

function name(errors: readonly Error[], phase: Phase): Named {
  for (const error of errors) {
    const code = codeOf(error)
    if (error.message === 'bad upgrade') return wrong('it changes the protocol')
    if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH')
      return phase === 'body' ? cut : wrong('its length is unclear')
    if (isParser(error) && /eof state/i.test(error.message)) return phase === 'body' ? cut : lost
    // undici tells nothing of an end that came too early but that the other side closed.
    if (code === 'UND_ERR_SOCKET' && phase === 'body') return cut
    if (isParser(error)) return wrong(plain(error))
    if (isTls(code)) return ['tls_failed', (host) => `No trusted TLS connection to ${host}: ${plain(error)}.`]
    if (code.startsWith('EAI_')) return byCode.EAI_AGAIN!
    const named = byCode[code]
    if (named) return named
  }
  return lost
}

/** An error, what it wraps, and what those wrap; for several addresses one error each. */
function causes(thrown: unknown, depth = 0): Error[] {
  if (!(thrown instanceof Error) || depth > 4) return []
  const inner = thrown instanceof AggregateError ? (thrown.errors as unknown[]) : [thrown.cause]
  return [thrown, ...inner.flatMap((one) => causes(one, depth + 1))]
}

const codeOf = (error: Error) => ('code' in error && typeof error.code === 'string' ? error.code : '')

const plain = (error: Error) =>
  (/\(([^)]+)\)/.exec(error.message)?.[1] ?? error.message.split('\n')[0] ?? '')
    .slice(0, 120)
    .replace(/\.$/, '')

const atPort = (url: URL) => (url.port ? `:${portOf(url)}` : '')

/** A deadline that was met, under `fetch_timeout`. */
export const tooSlow = (url: URL, setting: string, ms: number): MagpieError =>
  new MagpieError('fetch_timeout', `${shown(url)} was not there after ${ms} ms.`, { setting, measured: ms })

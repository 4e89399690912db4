import { MagpieError, type ErrorCode } from '../errors.ts'
import { shown } from './checked-url.ts'

/** The headers of an answer as undici gives them: latin1 text, several of one name as a list. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>

/** The first value of a header; null when it is absent. */
export function header(headers: Headers, name: string): string | null {
  const value = headers[name]
  return (Array.isArray(value) ? value[0] : value) ?? null
}

const dayMs = 86_400_000

const codes: Readonly<Record<number, ErrorCode>> = {
  204: 'body_empty',
  205: 'body_empty',
  206: 'response_invalid',
  401: 'source_forbidden',
  403: 'source_forbidden',
  404: 'source_not_found',
  408: 'source_error',
  // A conflict, or a connection that was used for the wrong host: neither need be so the next time.
  409: 'source_error',
  410: 'source_gone',
  421: 'source_error',
  425: 'source_error',
  429: 'source_busy',
  451: 'source_legal',
  // What a server has not implemented it will not have implemented in a minute.
  501: 'source_refused',
  503: 'source_busy',
  505: 'source_refused',
}

/** Why an answer of this status is not the thing that was asked for; null when it is (200, 203). */
export function refusal(status: number, headers: Headers, url: URL): MagpieError | null {
  if (status === 200 || status === 203) return null
  const waitMs = retryAfterMs(headers, Date.now())
  // Who refuses and says when to come back limits rates, whatever the status.
  const code = status === 403 && waitMs !== undefined ? 'source_busy' : (codes[status] ?? byClass(status))
  const message =
    code === 'response_invalid'
      ? `${shown(url)} answered ${status}, which nobody asked for.`
      : `${shown(url)} answered ${status}${words[code] ?? ''}.`
  return new MagpieError(code, message, { measured: status, retryAfterMs: waitMs })
}

function byClass(status: number): ErrorCode {
  if (status >= 500 && status < 600) return 'source_error'
  if (status >= 400 && status < 500) return 'source_refused'
  // 999 is what some sites send to robots; it is no class of HTTP's, but a refusal all the same.
  return status >= 900 ? 'source_refused' : 'response_invalid'
}

const words: Partial<Record<ErrorCode, string>> = {
  body_empty: ', which has no content',
  source_forbidden: ' and refuses access',
  source_not_found: '; nothing is there',
  source_gone: '; it was removed for good',
  source_legal: ' for legal reasons',
  source_busy: ' and asks us to come back later',
  source_error: ' and may recover',
  source_refused: ' and refuses the request',
}

/**
 * When a source wants to be asked again, in milliseconds from now, at most a day: Retry-After in seconds or as a date,
 * or the names that vendors use for it; the end of a RateLimit window only where nothing is left of it. Undefined when
 * it does not say, or not in words we know.
 */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const after = header(headers, 'retry-after')
  const date = after && /[a-z]{3}/i.test(after) ? Date.parse(after) - now : NaN
  const found = [
    number(header(headers, 'retry-after-ms')),
    seconds(after),
    Number.isNaN(date) ? undefined : date,
    seconds(header(headers, 'x-rate-limit-retry-after-seconds')),
    ...windowEnds(headers),
  ].find((ms) => ms !== undefined)
  return found === undefined ? undefined : Math.round(Math.min(Math.max(found, 0), dayMs))
}

/** RateLimit as its drafts have it, in one header or in several; sent with answers of any kind. */
function windowEnds(headers: Headers): (number | undefined)[] {
  const limit = header(headers, 'ratelimit') ?? ''
  const left = /\b(?:r|remaining)=(\d+)/i.exec(limit)?.[1] ?? header(headers, 'ratelimit-remaining')
  if (number(left) !== undefined && Number(left) > 0) return []
  const end = /[;,]\s*(?:t|reset)=(\d+)/i.exec(limit)?.[1]
  return [seconds(end ?? null), seconds(header(headers, 'ratelimit-reset'))]
}

const number = (text: string | null) =>
  text !== null && /^\s*-?\d+(\.\d+)?\s*$/.test(text) ? Number(text) : undefined

const seconds = (text: string | null) => {
  const value = number(text)
  return value === undefined ? undefined : value * 1000
}

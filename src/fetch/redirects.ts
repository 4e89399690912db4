import { asMagpieError, MagpieError } from '../errors.ts'
import { checkedUrl, shown, type UrlRules } from './checked-url.ts'
import type { Headers } from './statuses.ts'

export const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status)

/**
 * Where a redirect leads. Throws `redirect_invalid` when it says nothing, says two things, or names what is not fetched;
 * `address_private` for names inside a network. Addresses are judged when connecting.
 */
export function redirectTarget(headers: Headers, from: URL, rules: UrlRules): URL {
  const location = headers.location
  if (location === undefined || location === '') throw invalid(from, 'does not say where to')
  if (typeof location !== 'string') throw invalid(from, 'names several places')
  const text = asSent(location)
  if (/[\x00-\x1f\x7f\\]/.test(text)) throw invalid(from, 'has a control character or a backslash in it')
  const target = URL.parse(text, from.href)
  if (!target) throw invalid(from, 'leads to what is not a URL')
  target.hash = ''
  try {
    return checkedUrl(target.href, rules)
  } catch (thrown) {
    const error = asMagpieError(thrown)
    if (error.code !== 'url_invalid') throw error
    throw new MagpieError(
      'redirect_invalid',
      `The redirect of ${shown(from)} leads nowhere: ${error.message}`,
      {
        ...error.details,
        cause: error,
      },
    )
  }
}

// Headers come as latin1; a Location that is UTF-8 instead is common.
function asSent(latin1: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(latin1, 'latin1'))
  } catch {
    return latin1
  }
}

const invalid = (from: URL, why: string) =>
  new MagpieError('redirect_invalid', `The redirect of ${shown(from)} ${why}.`)

/** The error of having been sent on too often. */
export const tooMany = (start: URL, most: number, setting: string): MagpieError =>
  new MagpieError('redirects_exceeded', `${shown(start)} redirects more than ${most} times.`, {
    setting,
    measured: most + 1,
  })

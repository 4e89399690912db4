// The guide to what can go wrong, as the code declares it; `npm run readme` writes it.
import path from 'node:path'
import { codeOf, errorCodes, type ErrorCode } from '../src/errors.ts'

/** Where the guide lies. */
export const errorsGuidePath = path.join(import.meta.dirname, '../docs/guides/errors.md')

/** Google Merchant's words for pictures, and what of ours comes nearest; for what has no entry it has no word. */
const merchantWords: Readonly<Record<string, readonly ErrorCode[]>> = {
  image_link_roboted: ['robots_disallowed', 'source_opted_out'],
  image_link_pending_crawl: [
    ...(['robots_unavailable', 'source_busy', 'host_busy', 'host_paused', 'fetch_under_way'] as const),
    'image_not_ready',
  ],
  image_link_broken: [
    ...(['url_invalid', 'address_private', 'dns_not_found', 'dns_failed', 'connection_refused'] as const),
    ...(['connection_lost', 'tls_failed', 'fetch_timeout', 'response_invalid', 'body_truncated'] as const),
    ...(['redirect_invalid', 'redirects_exceeded', 'source_forbidden', 'source_not_found'] as const),
    ...(['source_gone', 'source_legal', 'source_refused', 'source_error', 'body_empty'] as const),
    ...(['encoding_unsupported', 'not_an_image', 'image_unsupported', 'image_corrupt'] as const),
  ],
  image_link_internal_error: [
    ...(['image_crashed', 'image_too_slow', 'job_crashed', 'job_too_slow', 'internal'] as const),
    ...(['browser_missing', 'browser_failed', 'render_failed'] as const),
  ],
  landing_page_error: ['not_html', 'page_empty'],
}

const merchantWordOf = (code: ErrorCode) =>
  Object.entries(merchantWords).find(([, ours]) => ours.includes(code))?.[0]

/** The guide as it should be. */
export function errorsGuide(): string {
  const rows = errorCodes.map((code) => {
    const { status, retry, says, remedy } = codeOf(code)
    const word = merchantWordOf(code)
    const cells = [`\`${code}\``, status, retry ? 'yes' : 'no', says, remedy, word ? `\`${word}\`` : '']
    return `| ${cells.join(' | ')} |`
  })
  return [
    '# What can go wrong',
    '',
    'Every failure has one of these codes: in the tables, the API’s problems, the logs and on the command line. `HTTP` is',
    'the status with which the API tells of it, `again` whether Magpie tries again by itself. The last column has Google',
    'Merchant’s nearest word for a picture; for a page put `landing_page_` in place of `image_link_`.',
    '',
    '<!-- prettier-ignore -->',
    '| code | HTTP | again | means | what to do | Google Merchant |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}

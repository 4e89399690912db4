import { describe, expect, it } from 'vitest'
import { refusal, retryAfterMs } from './statuses.ts'

const url = new URL('https://example.com/a.jpg')
const now = Date.parse('2026-01-01T00:00:00Z')

describe('the status of an answer', () => {
  it.each([
    [200, null, false],
    [203, null, false],
    [204, 'body_empty', false],
    [205, 'body_empty', false],
    [206, 'response_invalid', false],
    [300, 'response_invalid', false],
    [304, 'response_invalid', false],
    [400, 'source_refused', false],
    [401, 'source_forbidden', false],
    [403, 'source_forbidden', false],
    [404, 'source_not_found', false],
    [406, 'source_refused', false],
    [408, 'source_error', true],
    [409, 'source_error', true],
    [410, 'source_gone', false],
    [418, 'source_refused', false],
    [421, 'source_error', true],
    [425, 'source_error', true],
    [429, 'source_busy', true],
    [451, 'source_legal', false],
    [500, 'source_error', true],
    [501, 'source_refused', false],
    [503, 'source_busy', true],
    [520, 'source_error', true],
    [530, 'source_error', true],
    [999, 'source_refused', false],
  ])('%i means %s, worth another try: %s', (status, code, retry) => {
    const error = refusal(status, {}, url)
    expect(error?.code ?? null).toBe(code)
    expect(error?.retry ?? false).toBe(retry)
    if (error) expect(error.message).toContain(`https://example.com/a.jpg answered ${status}`)
  })
})

describe('when to come back', () => {
  it.each<[Record<string, string>, number | undefined]>([
    [{}, undefined],
    [{ 'retry-after': '2' }, 2000],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Mon, 01 Jan 1990 00:00:00 GMT' }, 0],
    [{ 'retry-after': '-5' }, 0],
    [{ 'retry-after': '99999999999' }, 86_400_000],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '60', 'retry-after-ms': '1500' }, 1500],
    [{ 'x-rate-limit-retry-after-seconds': '7' }, 7000],
    [{ ratelimit: '"default";r=0;t=12' }, 12_000],
    [{ ratelimit: 'limit=10, remaining=0, reset=9' }, 9000],
    [{ ratelimit: '"default";r=5;t=12' }, undefined],
    [{ 'ratelimit-reset': '3' }, 3000],
    [{ 'ratelimit-reset': '3', 'ratelimit-remaining': '8' }, undefined],
    [{ 'ratelimit-reset': '3', 'ratelimit-remaining': '0' }, 3000],
  ])('%j: %s ms', (headers, expected) => {
    expect(retryAfterMs(headers, now)).toBe(expected)
    expect(refusal(429, headers, url)?.details.retryAfterMs === undefined).toBe(expected === undefined)
  })

  it.each([404, 429, 500, 502, 503, 520, 530])('is heard with a %i', (status) => {
    expect(refusal(status, { 'retry-after': '30' }, url)?.details.retryAfterMs).toBe(30_000)
  })

  it('makes of a 403 one that passes', () => {
    expect(refusal(403, { 'retry-after': '30' }, url)).toMatchObject({ code: 'source_busy', retry: true })
  })
})

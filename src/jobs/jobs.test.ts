import { describe, expect, it } from 'vitest'
import { silent } from '../../test/given.ts'
import type { Tx } from '../database.ts'
import { codeOf, errorCodes, MagpieError, type ErrorCode } from '../errors.ts'
import type { Outcome } from '../queue/job-queue.ts'
import { wrapped } from './jobs.ts'

/** How a job ends that throws this, and what of the failure is written down with it. */
async function endOf(thrown: unknown, last: boolean): Promise<{ outcome: Outcome<Tx>; recorded: unknown[] }> {
  const recorded: unknown[] = []
  const job = wrapped(
    () => Promise.reject(thrown as Error),
    async (_, args: { n: number }, { code }, stage) => void recorded.push({ ...args, code, stage }),
    silent,
  )
  const { record, ...outcome } = await job(
    { n: 1 },
    { number: last ? 4 : 1, last },
    new AbortController().signal,
  )
  // The writing itself is the tables' business; here none is at hand.
  await record?.(undefined as never)
  return { outcome, recorded }
}
const pausing: readonly ErrorCode[] = ['store_full', 'store_unavailable', 'database_unavailable']

describe('a job that goes wrong', () => {
  it.each(errorCodes.filter((code) => !codeOf(code).retry))(
    'is never tried again for %s, and says so',
    async (code) => {
      const { outcome, recorded } = await endOf(new MagpieError(code, 'told why'), false)
      expect(outcome).toEqual({ cancel: 'told why' })
      expect(recorded).toMatchObject([{ n: 1, code }])
    },
  )

  it.each(errorCodes.filter((code) => codeOf(code).retry && !pausing.includes(code)))(
    'is tried again for %s, and given up with its last attempt',
    async (code) => {
      const error = new MagpieError(code, 'told why')
      expect(await endOf(error, false)).toEqual({ outcome: { failed: `${code}: told why` }, recorded: [] })
      const { outcome, recorded } = await endOf(error, true)
      expect(outcome).toEqual({ failed: `${code}: told why` })
      expect(recorded).toMatchObject([{ n: 1, code }])
    },
  )

  it.each(pausing)(
    'waits for %s to pass, whichever attempt it is, for that is no fault of its own',
    async (code) => {
      for (const last of [false, true])
        expect(await endOf(new MagpieError(code), last)).toEqual({
          outcome: { snoozeMs: 5_000 },
          recorded: [],
        })
    },
  )

  it('waits for as long as its source asks, but no longer than a day', async () => {
    const busy = (retryAfterMs: number) => new MagpieError('source_busy', 'later', { retryAfterMs })
    expect((await endOf(busy(90_000), false)).outcome).toMatchObject({ retryAfterMs: 90_000 })
    expect((await endOf(busy(1e12), false)).outcome).toMatchObject({ retryAfterMs: 86_400_000 })
    expect((await endOf(busy(90_000), true)).outcome).not.toHaveProperty('retryAfterMs')
  })

  it('in a way nobody foresaw is tried again like any other', async () => {
    expect((await endOf(new TypeError('x is undefined'), false)).outcome).toEqual({
      failed: 'internal: x is undefined',
    })
    expect((await endOf('a word', true)).recorded).toEqual([{ n: 1, code: 'internal', stage: 'record' }])
  })

  it.each([
    ['source_not_found', 'fetch'],
    ['robots_disallowed', 'fetch'],
    ['body_too_large', 'fetch'],
    ['not_an_image', 'inspect'],
    ['image_corrupt', 'inspect'],
    ['image_too_large', 'inspect'],
    ['blob_not_found', 'store'],
    ['page_empty', 'discover'],
  ] as const)('by %s did so at the stage %s', async (code, stage) => {
    expect((await endOf(new MagpieError(code), true)).recorded).toMatchObject([{ stage }])
  })
})

import { describe, expect, it } from 'vitest'
import { silent } from '../../test/given.ts'
import type { Tx } from '../database.ts'
import { codeOf, errorCodes, MagpieError, type ErrorCode } from '../errors.ts'
import type { Outcome } from '../queue/job-queue.ts'
import { pausing } from './pause.ts'
import { abandoned, wrapped, type Failed } from './wrapped.ts'

interface End {
  readonly outcome: Outcome<Tx>
  /** What of the failure is written down with it. */
  readonly recorded: readonly (Failed & { n: number })[]
  /** What the process was paused for. */
  readonly paused: readonly ErrorCode[]
}

/** How a job ends that throws this. */
async function endOf(thrown: unknown, number = 1): Promise<End> {
  const recorded: (Failed & { n: number })[] = []
  const paused: ErrorCode[] = []
  const job = wrapped(
    () => Promise.reject(thrown as Error),
    async (_, args: { n: number }, failed) => void recorded.push({ ...args, ...failed }),
    { log: silent, pause: { begin: ({ code }) => void paused.push(code) }, ping: async () => undefined },
  )
  const attempt = { number, priority: 'ordinary', since: new Date(), errors: [] } as const
  const { record, ...outcome } = await job({ n: 1 }, attempt, new AbortController().signal)
  // The writing itself is the tables' business; here none is at hand.
  await record?.(undefined as never)
  return { outcome, recorded, paused }
}

const manyTimes = 12
const missing: readonly ErrorCode[] = ['source_not_found', 'source_gone']
const waiting: readonly ErrorCode[] = ['host_busy', 'host_paused', 'fetch_under_way']
const isOrdinary = (code: ErrorCode) =>
  !pausing.has(code) && ![...missing, ...waiting, 'interrupted'].includes(code)

describe('a job that goes wrong', () => {
  it.each(errorCodes.filter((code) => !codeOf(code).retry && isOrdinary(code)))(
    'is never tried again for %s, and says so',
    async (code) => {
      const { outcome, recorded } = await endOf(new MagpieError(code, 'told why'))
      expect(outcome).toEqual({ cancel: 'told why', code })
      expect(recorded).toMatchObject([{ n: 1, code, nextAttemptInMs: null, isGone: false }])
    },
  )

  it.each(errorCodes.filter((code) => codeOf(code).retry && isOrdinary(code)))(
    'is tried again at once for %s without a word, and is a dead letter in the end',
    async (code) => {
      const error = new MagpieError(code, 'told why')
      const failed = { code, message: 'told why' }
      expect(await endOf(error)).toEqual({ outcome: { failed, retryInMs: 0 }, recorded: [], paused: [] })
      const { outcome, recorded } = await endOf(error, manyTimes)
      expect(outcome).toEqual({ failed, retryInMs: null })
      expect(recorded).toMatchObject([{ n: 1, code, nextAttemptInMs: null }])
    },
  )

  it('tells of its failure as soon as the next attempt is a while away, and when that is', async () => {
    const { outcome, recorded } = await endOf(new MagpieError('source_error', 'told why'), 5)
    expect(outcome).toMatchObject({ failed: { code: 'source_error' } })
    const { retryInMs } = outcome as { retryInMs: number }
    expect(retryInMs).toBeGreaterThanOrEqual(12_000)
    expect(recorded).toMatchObject([{ code: 'source_error', stage: 'fetch', nextAttemptInMs: retryInMs }])
  })

  it.each(missing)(
    'says at once that there is nothing, for %s, and takes it for gone in the end',
    async (code) => {
      expect((await endOf(new MagpieError(code))).recorded).toMatchObject([
        { code, isGone: false, nextAttemptInMs: expect.any(Number) as number },
      ])
      const { outcome, recorded } = await endOf(new MagpieError(code, 'told why'), manyTimes)
      expect(outcome).toEqual({ cancel: 'told why', code })
      expect(recorded).toMatchObject([{ code, isGone: true }])
    },
  )

  it.each(waiting)('spends no attempt on %s, however often', async (code) => {
    const error = new MagpieError(code, undefined, { retryAfterMs: 2500 })
    expect(await endOf(error, manyTimes)).toEqual({
      outcome: { snoozeMs: 2500, code },
      recorded: [],
      paused: [],
    })
  })

  it('says when a host that is paused for long is asked again', async () => {
    const { recorded } = await endOf(new MagpieError('host_paused', 'told why', { retryAfterMs: 60_000 }))
    expect(recorded).toMatchObject([{ code: 'host_paused', nextAttemptInMs: 60_000 }])
  })

  it.each([...pausing])('spends no attempt on %s, for that is no fault of its own', async (code) => {
    expect(await endOf(new MagpieError(code), manyTimes)).toMatchObject({
      outcome: { snoozeMs: 1000 },
      recorded: [],
    })
  })

  it('pauses the process when the database is away, by its code or by what the driver says', async () => {
    expect((await endOf(new MagpieError('database_unavailable'))).paused).toEqual(['database_unavailable'])
    const lost = Object.assign(new Error('terminating connection'), { code: '57P01' })
    expect(await endOf(lost)).toMatchObject({ outcome: { snoozeMs: 1000 }, paused: ['database_unavailable'] })
  })

  it('is handed back when its worker was told to stop', async () => {
    expect(await endOf(new MagpieError('interrupted'))).toEqual({
      outcome: { snoozeMs: 0, code: 'interrupted' },
      recorded: [],
      paused: [],
    })
  })

  it('in a way nobody foresaw is tried again like any other', async () => {
    expect((await endOf(new TypeError('x is undefined'))).outcome).toEqual({
      failed: { code: 'internal', message: 'x is undefined' },
      retryInMs: 0,
    })
    expect((await endOf('a word', manyTimes)).recorded).toMatchObject([{ code: 'internal', stage: 'record' }])
  })

  it.each([
    ['source_not_found', 'fetch'],
    ['robots_disallowed', 'fetch'],
    ['body_too_large', 'fetch'],
    ['not_an_image', 'inspect'],
    ['image_corrupt', 'inspect'],
    ['image_crashed', 'inspect'],
    ['image_too_large', 'inspect'],
    ['blob_not_found', 'store'],
    ['page_empty', 'discover'],
  ] as const)('by %s did so at the stage %s', async (code, stage) => {
    expect((await endOf(new MagpieError(code), manyTimes)).recorded).toMatchObject([{ stage }])
  })

  it('over and over with its worker is written down as such', async () => {
    const recorded: unknown[] = []
    const tell = abandoned(
      async (_, args: { n: number }, failed) => void recorded.push({ ...args, ...failed }),
    )
    await tell(undefined as never, { n: 7 }, { at: '', code: 'job_crashed', message: 'three times' })
    expect(recorded).toMatchObject([
      { n: 7, code: 'job_crashed', message: 'three times', nextAttemptInMs: null },
    ])
  })
})

import { describe, expect, it } from 'vitest'
import { MagpieError, type ErrorCode } from '../errors.ts'
import { afterFailure } from './attempts.ts'

const now = Date.parse('2026-11-21T12:00:00Z')
const hour = 3_600_000

const day = 24 * hour

const failedBefore = (agoMs: number) => ({
  at: new Date(now - agoMs).toISOString(),
  code: 'connection_lost',
  message: 'It broke off.',
})

const after = (
  code: ErrorCode,
  number = 1,
  more: { retryAfterMs?: number; ageMs?: number; failedAgoMs?: number; random?: number } = {},
) =>
  afterFailure(
    new MagpieError(code, undefined, { retryAfterMs: more.retryAfterMs }),
    {
      number,
      priority: 'ordinary',
      since: new Date(now - (more.ageMs ?? 0)),
      errors: more.failedAgoMs === undefined ? [] : [failedBefore(more.failedAgoMs)],
    },
    { nowMs: now, random: more.random ?? 0.5 },
  )

const waitsOf = (code: ErrorCode) => {
  const waits: number[] = []
  for (let number = 1; ; number++) {
    const next = after(code, number)
    if (next.then !== 'retry') return { waits, end: next.then }
    waits.push(next.inMs / 1000)
  }
}

describe('after a failure', () => {
  it('tries what may pass after 0, 1, 2 and 4 seconds, then ever later, and then keeps it as a dead letter', () => {
    expect(waitsOf('connection_lost')).toEqual({
      waits: [0, 1, 2, 4, 16, 60, 240, 960, 3600, 21_600, 21_600],
      end: 'dead',
    })
  })

  it('spreads long waits by a quarter either way, and short ones not at all', () => {
    expect(after('source_error', 7, { random: 0 })).toMatchObject({ inMs: 180_000 })
    expect(after('source_error', 7, { random: 0.9999 })).toMatchObject({ inMs: 299_988 })
    expect(after('source_error', 3, { random: 0 })).toMatchObject({ inMs: 2000 })
  })

  it('asks about a missing picture for eleven days before it takes it for gone', () => {
    expect(waitsOf('source_not_found')).toEqual({
      waits: [1, 6, 24, 72, 168].map((hours) => hours * 3600),
      end: 'gone',
    })
  })

  it('asks once more after a day whether a removed picture is gone', () => {
    expect(waitsOf('source_gone')).toEqual({ waits: [86_400], end: 'gone' })
  })

  it('tries a picture that took the decoder down once more, and no more', () => {
    expect(waitsOf('image_crashed')).toEqual({ waits: [0], end: 'dead' })
    expect(waitsOf('image_too_slow')).toEqual({ waits: [0], end: 'dead' })
  })

  it('does not try again what cannot change', () => {
    for (const code of ['image_corrupt', 'source_forbidden', 'robots_disallowed', 'source_legal'] as const)
      expect(after(code)).toEqual({ then: 'cancel' })
  })

  it('waits for as long as the source asks, but never longer than a day', () => {
    expect(after('source_busy', 1, { retryAfterMs: 90_000 })).toEqual({
      then: 'retry',
      inMs: 90_000,
      isSaid: true,
    })
    expect(after('source_busy', 1, { retryAfterMs: 90 * hour })).toMatchObject({ inMs: 24 * hour })
    // Sooner than the course has it is not what the source asked for.
    expect(after('source_busy', 5, { retryAfterMs: 1000 })).toMatchObject({ inMs: 16_000 })
  })

  it('spends no attempt on a host that is busy, paused, or asked for the same by another', () => {
    for (const code of ['host_busy', 'host_paused', 'fetch_under_way'] as const)
      expect(after(code, 99, { retryAfterMs: 5000 })).toMatchObject({ then: 'snooze', inMs: 5000 })
  })

  it('lets what somebody looks at ask for its turn every few seconds, however long the line', () => {
    const busy = new MagpieError('host_busy', undefined, { retryAfterMs: 3_600_000 })
    const attempt = { number: 1, since: new Date(now), errors: [] }
    const at = { nowMs: now, random: 0.5 }
    expect(afterFailure(busy, { ...attempt, priority: 'viewed' }, at)).toMatchObject({ inMs: 3000 })
    expect(afterFailure(busy, { ...attempt, priority: 'listed' }, at)).toMatchObject({ inMs: 3_600_000 })
  })

  it('tells people of a pause that is long, and of a line that is long not as of a failure', () => {
    expect(after('host_paused', 1, { retryAfterMs: 60_000 })).toMatchObject({ isSaid: true })
    expect(after('host_busy', 1, { retryAfterMs: 60_000 })).toMatchObject({ isSaid: false })
  })

  it('gives up what has failed for two weeks, however few attempts it has spent', () => {
    const old = { ageMs: 15 * day, failedAgoMs: 15 * day }
    expect(after('connection_lost', 2, old)).toEqual({ then: 'dead' })
    // Brought back since, it begins anew.
    expect(after('connection_lost', 2, { ...old, ageMs: day })).toMatchObject({ then: 'retry' })
  })

  it('does not take a long wait in a host’s line for a failure', () => {
    const inLine = { retryAfterMs: 5000, ageMs: 30 * day }
    expect(after('host_busy', 1, inLine)).toMatchObject({ then: 'snooze' })
    expect(after('host_paused', 1, inLine)).toMatchObject({ then: 'snooze' })
    expect(after('connection_lost', 1, { ageMs: 30 * day })).toMatchObject({ then: 'retry' })
  })

  it('gives up what was put off for three months', () => {
    expect(after('host_paused', 1, { retryAfterMs: 5000, ageMs: 91 * day })).toEqual({ then: 'dead' })
  })
})

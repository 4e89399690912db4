import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dawn, fine, rehearsal, unlimited } from './given.suite.ts'
import type { HostLimits } from './host-turns.ts'

const hour = 3_600_000
const spans = {
  requestsPerSecond: 1000,
  requestsPerMinute: 60_000,
  requestsPerHour: hour,
  requestsPerDay: 24 * hour,
} as const

/** The most that lies in any window of so long: a window that holds the most begins at an event. */
function mostIn(events: readonly { at: number; amount: number }[], spanMs: number): number {
  const sums = events.map((first) =>
    events
      .filter(({ at }) => at >= first.at && at <= first.at + spanMs)
      .reduce((sum, { amount }) => sum + amount, 0),
  )
  return Math.max(0, ...sums)
}

const gap = fc.oneof(
  fc.integer({ min: 0, max: 60 }),
  fc.integer({ min: 0, max: 5_000 }),
  fc.integer({ min: 0, max: 3 * hour }),
)

describe('a quota', () => {
  it('is kept in every window of its length, whenever requests come', () => {
    const some = fc.constantFrom(...(Object.keys(spans) as (keyof typeof spans)[]))
    fc.assert(
      fc.property(
        some,
        fc.integer({ min: 1, max: 8 }),
        fc.array(gap, { maxLength: 200 }),
        (name, limit, gaps) => {
          const stage = rehearsal()
          const granted: { at: number; amount: number }[] = []
          let at = dawn
          for (const gapMs of gaps) {
            at += gapMs
            if (!('granted' in stage.ask(at, { ...unlimited, [name]: limit }))) continue
            granted.push({ at, amount: 1 })
            stage.end(at, fine)
          }
          expect(mostIn(granted, spans[name])).toBeLessThanOrEqual(limit)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('lets the next request through when it says it will, and wastes less than a twentieth of its span', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(gap, { minLength: 1, maxLength: 60 }),
        (limit, gaps) => {
          const limits = { ...unlimited, requestsPerHour: limit }
          const stage = rehearsal()
          const granted: number[] = []
          let at = dawn
          for (const gapMs of gaps) {
            at += gapMs
            const verdict = stage.ask(at, limits, { nearMs: 0 })
            if ('granted' in verdict) granted.push(at)
            if (!('refused' in verdict)) continue
            const oldest = granted.at(-limit)!
            expect(at + verdict.retryAfterMs).toBeGreaterThan(oldest + hour)
          }
          const full = granted.length >= limit ? granted.at(-limit)! + hour * 1.05 : at
          expect(stage.ask(Math.max(at, full), limits)).toMatchObject({ granted: true })
        },
      ),
      { numRuns: 100 },
    )
  })

  it('of bytes counts what came, as soon as it is known', () => {
    const most = 50_000
    fc.assert(
      fc.property(
        fc.array(fc.tuple(gap, fc.integer({ min: 0, max: 9_000 })), { maxLength: 80 }),
        (answers) => {
          const stage = rehearsal()
          const came: { at: number; amount: number }[] = []
          let at = dawn
          for (const [gapMs, bytes] of answers) {
            at += gapMs
            if (!('granted' in stage.ask(at, { ...unlimited, bytesPerHour: most }))) continue
            came.push({ at, amount: bytes })
            stage.end(at, { ...fine, bytes })
          }
          // The last answer may be larger than those before it let expect.
          expect(mostIn(came, hour)).toBeLessThanOrEqual(most + 9_000)
        },
      ),
      { numRuns: 100 },
    )
  })

  it('of bytes takes answers under way to be as large as is usual', () => {
    const limits: HostLimits = { ...unlimited, bytesPerHour: 10_000 }
    const stage = rehearsal()
    stage.ask(dawn, limits)
    stage.end(dawn, { ...fine, bytes: 2_000 })
    const verdicts = stage.askAll(dawn + 1, limits, 8)
    expect(verdicts.filter((verdict) => 'granted' in verdict)).toHaveLength(4)
  })

  it('counts also the requests of sources that set none', () => {
    const stage = rehearsal()
    const limits = { ...unlimited, requestsPerHour: 3 }
    stage.ask(dawn, limits)
    stage.askAll(dawn, unlimited, 2)
    expect(stage.ask(dawn, limits)).toMatchObject({ refused: 'host_busy' })
    expect(stage.ask(dawn, unlimited)).toMatchObject({ granted: true })
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dawn, fine, rehearsal, unlimited } from './given.suite.ts'

const granted = { granted: true }

describe('turns at a host', () => {
  it('are never more at once than its concurrency, nor closer together than its delay', () => {
    const step = fc.tuple(fc.integer({ min: 0, max: 120 }), fc.boolean(), fc.constantFrom('us', 'them'))
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 100 }),
        fc.array(step, { maxLength: 150 }),
        (hostConcurrency, hostDelayMs, steps) => {
          const stage = rehearsal()
          let at = dawn
          let lastStart = -Infinity
          for (const [gapMs, isEnd, holder] of steps) {
            at += gapMs
            if (isEnd && stage.host.underWay.length > 0) stage.end(at, fine)
            if ('granted' in stage.ask(at, { hostConcurrency, hostDelayMs }, { holder })) {
              expect(at - lastStart).toBeGreaterThanOrEqual(hostDelayMs)
              lastStart = at
            }
            expect(stage.host.underWay.length).toBeLessThanOrEqual(hostConcurrency)
          }
        },
      ),
    )
  })

  it('are given in the order in which they were asked for, and the others are told how long to wait', () => {
    const stage = rehearsal()
    const verdicts = stage.askAll(dawn, { hostConcurrency: 9, hostDelayMs: 100 }, 3)
    expect(verdicts).toEqual([{ granted: true, startedAt: dawn }, { waitMs: 100 }, { waitMs: 100 }])
  })

  it('that are not near are refused, each with a later time, about as fast as the host can be asked', () => {
    const stage = rehearsal()
    const verdicts = stage.askAll(dawn, { hostConcurrency: 9, hostDelayMs: 100 }, 1000)
    expect(verdicts.filter((verdict) => 'waitMs' in verdict)).toHaveLength(20)
    const times = verdicts.flatMap((verdict) => ('refused' in verdict ? [verdict.retryAfterMs] : []))
    expect(times).toHaveLength(979)
    expect(times[0]).toBe(2100)
    expect(times.slice(1).every((time, n) => time - times[n]! >= 89)).toBe(true)
    expect(times.at(-1)).toBeLessThan(100_000)
  })

  it('are told of for an hour at most, for a host that is slow now need not stay so', () => {
    const stage = rehearsal()
    const verdicts = stage.askAll(dawn, { hostConcurrency: 1, hostDelayMs: 10_000 }, 1000)
    const times = verdicts.flatMap((verdict) => ('refused' in verdict ? [verdict.retryAfterMs] : []))
    expect(Math.max(...times)).toBe(3_610_000)
  })

  it('are waited for longer by what is begun, and no longer than twice what is near by anybody', () => {
    const stage = rehearsal()
    const limits = { hostConcurrency: 1, hostDelayMs: 5000 }
    stage.ask(dawn, limits)
    expect(stage.ask(dawn, limits)).toMatchObject({ refused: 'host_busy' })
    expect(stage.ask(dawn, limits, { begun: true })).toEqual({ waitMs: 500 })
    expect(stage.ask(dawn + 4500, limits, { waitedMs: 4001 })).toMatchObject({ refused: 'host_busy' })
  })

  it('go first to whoever has waited longest, in whatever process', () => {
    const stage = rehearsal()
    const limits = { hostConcurrency: 1, hostDelayMs: 0 }
    stage.ask(dawn, limits)
    stage.ask(dawn + 10, limits, { holder: 'them' })
    stage.end(dawn + 300, fine)
    expect(stage.ask(dawn + 300, limits)).toEqual({ waitMs: 20 })
    expect(stage.ask(dawn + 310, limits, { holder: 'them', waitedMs: 300 })).toMatchObject(granted)
  })

  it('are not kept for a process that has fallen silent', () => {
    const stage = rehearsal()
    const limits = { hostConcurrency: 1, hostDelayMs: 0 }
    stage.ask(dawn, limits)
    stage.ask(dawn + 10, limits, { holder: 'them' })
    stage.end(dawn + 300, fine)
    expect(stage.ask(dawn + 5011, limits)).toMatchObject(granted)
  })

  it('are one for one want, where nobody else may ask for it too', () => {
    const stage = rehearsal()
    const want = { want: 'this' }
    expect(stage.ask(dawn, unlimited, want)).toMatchObject(granted)
    expect(stage.ask(dawn, unlimited, want)).toMatchObject(granted)
    const others = { ...want, holder: 'them' }
    expect(stage.ask(dawn, unlimited, others)).toMatchObject({ refused: 'fetch_under_way' })
    expect(stage.ask(dawn, unlimited, { ...others, alone: false })).toMatchObject(granted)
  })

  it('come in batches where the policy wants it: all of one are through, then a pause, then the next', () => {
    const stage = rehearsal()
    const limits = { hostConcurrency: 5, hostDelayMs: 0, batchPauseMs: 500 }
    const first = stage.askAll(dawn, limits, 6)
    expect(first.map((verdict) => 'granted' in verdict)).toEqual([true, true, true, true, true, false])
    for (let n = 1; n <= 4; n++) stage.end(dawn + n, fine)
    expect(stage.ask(dawn + 5, limits)).not.toMatchObject(granted)
    stage.end(dawn + 100, fine)
    expect(stage.ask(dawn + 599, limits)).toEqual({ waitMs: 1 })
    expect(stage.ask(dawn + 600, limits)).toMatchObject(granted)
  })

  it('wait no longer than the delay when the clock was set back', () => {
    const stage = rehearsal()
    const limits = { hostConcurrency: 1, hostDelayMs: 100 }
    stage.ask(dawn, limits)
    stage.end(dawn, fine)
    expect(stage.ask(dawn - 3_600_000, limits)).toEqual({ waitMs: 100 })
  })
})

describe('the pace of a host', () => {
  const limits = { hostConcurrency: 8, hostDelayMs: 100 }
  const busy = { status: 429, code: 'source_busy', bytes: 0, firstByteMs: 10 }
  const pace = (stage: ReturnType<typeof rehearsal>) => stage.host.state.pace

  it.each([
    ['429', busy, 0.5],
    ['503', { ...busy, status: 503 }, 0.5],
    ['a time-out', { code: 'fetch_timeout', bytes: 0 }, 0.5],
    ['404', { status: 404, code: 'source_not_found', bytes: 0, firstByteMs: 10 }, 1],
    ['500', { status: 500, code: 'source_error', bytes: 0, firstByteMs: 10 }, 1],
    ['what we broke off ourselves', { bytes: 0 }, 1],
  ])('after %s', (_, report, after) => {
    const stage = rehearsal()
    stage.ask(dawn, limits)
    stage.end(dawn + 5, report)
    expect(pace(stage)).toBe(after)
  })

  it('is halved once for all that was under way, down to a sixteenth, and comes back little by little', () => {
    const stage = rehearsal()
    const ways = { hostConcurrency: 8, hostDelayMs: 0 }
    stage.askAll(dawn, ways, 8)
    for (let n = 0; n < 8; n++) stage.end(dawn + 5, busy)
    expect(pace(stage)).toBe(0.5)
    let at = dawn + 20_000
    for (let n = 0; n < 6; n++, at += 100_000) {
      stage.ask(at, ways, { nearMs: 100_000 })
      stage.end(at, { status: 200, bytes: 0 })
      stage.ask(at + 50_000, ways, { nearMs: 100_000 })
      stage.end(at + 50_001, busy)
    }
    expect(pace(stage)).toBeLessThan(0.08)
    expect(pace(stage)).toBeGreaterThanOrEqual(1 / 16)
    for (let n = 0; n < 48; n++, at += 1000) {
      stage.ask(at, ways)
      stage.end(at, fine)
    }
    expect(pace(stage)).toBe(1)
  })

  it('is halved when an answer takes far longer than is usual there', () => {
    const stage = rehearsal()
    const answer = (at: number, firstByteMs: number) => {
      stage.ask(at, unlimited)
      stage.end(at + firstByteMs, { ...fine, firstByteMs })
    }
    for (let n = 0; n < 8; n++) answer(dawn + n * 1000, 300)
    answer(dawn + 9000, 1100)
    expect(pace(stage)).toBe(1)
    answer(dawn + 11_000, 2000)
    expect(pace(stage)).toBe(0.5)
  })

  it('bounds concurrency and stretches delays', () => {
    const half = rehearsal({ pace: 0.5 })
    const verdicts = half.askAll(dawn, { hostConcurrency: 5, hostDelayMs: 100 }, 2)
    expect(verdicts[1]).toEqual({ waitMs: 200 })
    const rare = rehearsal({ pace: 0.25 })
    rare.ask(dawn, { hostConcurrency: 2, hostDelayMs: 0 })
    rare.end(dawn + 10, null)
    expect(rare.ask(dawn + 10, { hostConcurrency: 2, hostDelayMs: 0 })).toEqual({ waitMs: 90 })
    const few = rehearsal({ pace: 1 / 16 })
    few.ask(dawn, { hostConcurrency: 5, hostDelayMs: 0 })
    expect(few.ask(dawn + 5000, { hostConcurrency: 5, hostDelayMs: 0 })).not.toMatchObject(granted)
  })
})

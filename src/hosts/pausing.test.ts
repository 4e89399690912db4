import { describe, expect, it } from 'vitest'
import { dawn, fine, rehearsal, unlimited, type Rehearsal } from './given.suite.ts'
import type { TurnReport } from './host-turns.ts'

const refused: TurnReport = { code: 'connection_refused', bytes: 0 }
const granted = { granted: true }

const answer = (stage: Rehearsal, at: number, report: TurnReport, want?: string) => {
  expect(stage.ask(at, unlimited, want === undefined ? {} : { want })).toMatchObject(granted)
  stage.end(at, report)
}

const refuse = (stage: Rehearsal, at: number, times: number) => {
  for (let n = 0; n < times; n++) answer(stage, at, refused)
}

describe('a host that asks to be left alone', () => {
  it.each([
    [{ status: 503, code: 'source_busy' }, 30_000, 30_000],
    [{ status: 301 }, 5_000, 5_000],
    [{ status: 429, code: 'source_busy' }, 90 * 86_400_000, 86_400_000],
    [{ status: 403, code: 'source_busy' }, 86_400_000, 60_000],
    [{ status: 500, code: 'source_error' }, 86_400_000, 60_000],
  ])(
    'by %j is, all of it, a day at most, and a minute where it says so of one address',
    (said, retryAfterMs, pausedMs) => {
      const stage = rehearsal()
      answer(stage, dawn, { ...said, bytes: 0, retryAfterMs })
      const verdict = stage.ask(dawn + 1, unlimited)
      expect(verdict).toMatchObject({ refused: 'host_paused' })
      expect('refused' in verdict && verdict.retryAfterMs).toBeGreaterThanOrEqual(
        Math.min(pausedMs, 86_400_000) - 2,
      )
      expect(stage.ask(dawn + pausedMs, unlimited)).toMatchObject(granted)
    },
  )

  it('for a moment is waited for', () => {
    const stage = rehearsal()
    answer(stage, dawn, { status: 429, code: 'source_busy', bytes: 0, retryAfterMs: 400 })
    expect(stage.ask(dawn, unlimited)).toEqual({ waitMs: 400 })
  })
})

describe('a host that refuses', () => {
  it.each([
    [refused, true],
    [{ code: 'dns_failed', bytes: 0 }, true],
    [{ code: 'tls_failed', bytes: 0 }, true],
    [{ status: 401, code: 'source_forbidden', bytes: 0 }, false],
    [{ status: 403, code: 'source_forbidden', bytes: 0 }, false],
    [{ status: 502, code: 'source_error', bytes: 0 }, true],
    [{ status: 404, code: 'source_not_found', bytes: 0 }, false],
    [{ status: 410, code: 'source_gone', bytes: 0 }, false],
    [{ status: 200, code: 'not_an_image', bytes: 9 }, false],
    [{ code: 'dns_not_found', bytes: 0 }, false],
    [{ bytes: 0 }, false],
  ])('five different wants in a row, each by %j, is paused: %s', (report, isPaused) => {
    const stage = rehearsal()
    for (let n = 0; n < 5; n++) answer(stage, dawn + n, report)
    expect(stage.host.state.pause !== null).toBe(isPaused)
    const says = { refused: 'host_paused', reason: report.code }
    expect(stage.ask(dawn + 5, unlimited)).toMatchObject(isPaused ? says : granted)
  })

  it('whatever it is asked for is paused after fifty in a row, for a minute at most', () => {
    const stage = rehearsal()
    const forbidden = { status: 403, code: 'source_forbidden', bytes: 0 }
    for (let n = 0; n < 49; n++) answer(stage, dawn + n, forbidden)
    answer(stage, dawn + 49, fine)
    for (let n = 50; n < 99; n++) answer(stage, dawn + n, forbidden)
    expect(stage.host.state.pause).toBeNull()
    let at = dawn + 99
    const waits = Array.from({ length: 5 }, () => {
      answer(stage, at, forbidden)
      const waitMs = stage.host.state.pause!.until - at
      at += waitMs
      return waitMs / 1000
    })
    expect(waits).toEqual([10, 20, 40, 60, 60])
    answer(stage, at, fine)
    expect(stage.ask(at + 1, unlimited)).toMatchObject(granted)
  })

  it('is well again when its probe is merely forbidden', () => {
    const stage = rehearsal()
    refuse(stage, dawn, 5)
    answer(stage, dawn + 10_000, { status: 403, code: 'source_forbidden', bytes: 0 })
    refuse(stage, dawn + 10_001, 4)
    expect(stage.host.state.pause).toBeNull()
  })

  it('one want for ever, and answers others, is not', () => {
    const stage = rehearsal()
    for (let n = 0; n < 50; n++) answer(stage, dawn + n, refused, 'that one')
    for (let n = 0; n < 20; n++) answer(stage, dawn + 100 + n, n % 5 === 0 ? fine : refused)
    expect(stage.host.state.pause).toBeNull()
  })

  it('is asked again by one probe, and is well when that is answered', () => {
    const stage = rehearsal()
    refuse(stage, dawn, 5)
    expect(stage.ask(dawn + 9_999, unlimited, { nearMs: 0 })).toMatchObject({ refused: 'host_paused' })
    expect(stage.ask(dawn + 10_000, unlimited)).toMatchObject(granted)
    expect(stage.ask(dawn + 10_000, unlimited)).toMatchObject({ refused: 'host_paused' })
    stage.end(dawn + 10_050, { status: 404, code: 'source_not_found', bytes: 0 })
    expect(stage.askAll(dawn + 10_051, unlimited, 3)).toMatchObject([granted, granted, granted])
  })

  it('is paused for twice as long each time the probe is refused, up to an hour', () => {
    const stage = rehearsal()
    refuse(stage, dawn, 5)
    let at = dawn
    const waits = Array.from({ length: 10 }, () => {
      const waitMs = stage.host.state.pause!.until - at
      at += waitMs
      answer(stage, at, refused)
      return waitMs / 1000
    })
    expect(waits).toEqual([10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600])
  })

  it('has another probe when one was lost with its process, or was broken off', () => {
    const lost = rehearsal({
      pause: { kind: 'refusing', until: dawn, reason: 'dns_failed', strikes: 0, probe: 'expired' },
    })
    expect(lost.ask(dawn, unlimited)).toMatchObject(granted)
    lost.end(dawn + 1, null)
    expect(lost.ask(dawn + 2, unlimited)).toMatchObject(granted)
    lost.end(dawn + 3, { bytes: 0 })
    expect(lost.ask(dawn + 4, unlimited)).toMatchObject(granted)
  })

  it('is not taken for well by an answer that was under way before the pause', () => {
    const stage = rehearsal()
    stage.ask(dawn, unlimited, { id: 'slow' })
    for (let n = 0; n < 5; n++) {
      stage.ask(dawn + 1, unlimited, { id: `quick-${n}` })
      stage.end(dawn + 1, refused, `quick-${n}`)
    }
    stage.end(dawn + 2, fine, 'slow')
    expect(stage.ask(dawn + 3, unlimited)).toMatchObject({ refused: 'host_paused' })
  })
})

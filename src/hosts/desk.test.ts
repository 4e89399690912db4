import { describe, expect, it } from 'vitest'
import { fine, never } from './given.suite.ts'
import type { HostLimits, TurnAsk } from './host-turns.ts'
import { hostsInProcess } from './open-hosts.ts'

let wants = 0
const to = (
  host: string,
  hostConcurrency: number,
  hostDelayMs = 0,
  more: Partial<HostLimits> = {},
): TurnAsk => ({
  ...{ host, want: `want-${wants++}`, alone: true, begun: false },
  limits: { hostConcurrency, hostDelayMs, ...more },
})

describe('turns in one process', () => {
  it('are as many as the concurrency, given in the order in which they were asked for', async () => {
    const hosts = hostsInProcess()
    const order: number[] = []
    let running = 0
    let most = 0
    await Promise.all(
      Array.from({ length: 9 }, async (_, n) => {
        const turn = await hosts.take(to('a', 2), never)
        order.push(n)
        most = Math.max(most, ++running)
        await new Promise((resolve) => setImmediate(resolve))
        running--
        turn.end(fine)
      }),
    )
    expect(most).toBe(2)
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  })

  it('start no closer together than the delay, even when the host was idle between', async () => {
    const hosts = hostsInProcess()
    const since = Date.now()
    const starts: number[] = []
    for (let n = 0; n < 4; n++) {
      const turn = await hosts.take(to('a', 5, 40), never)
      starts.push(Date.now() - since)
      turn.end(fine)
    }
    expect(starts.filter((start, n) => start < n * 40)).toEqual([])
  })

  it('of one host do not wait for another', async () => {
    const hosts = hostsInProcess()
    await hosts.take(to('a', 1, 60_000), never)
    await hosts.take(to('b', 1, 60_000), never)
  })

  it('are not waited for once the signal aborts, and those behind move up', async () => {
    const hosts = hostsInProcess()
    const turn = await hosts.take(to('a', 1), never)
    const giving = new AbortController()
    const given = hosts.take(to('a', 1), giving.signal)
    const behind = hosts.take(to('a', 1), never)
    giving.abort(new Error('enough'))
    await expect(given).rejects.toThrow('enough')
    turn.end(fine)
    ;(await behind).end(fine)
    await expect(hosts.take(to('a', 1), giving.signal)).rejects.toThrow('enough')
    await hosts.close()
    expect(await hosts.states()).toMatchObject([{ host: 'a', underWay: 0 }])
  })

  it('are given back when the signal aborts while they are on their way', async () => {
    const hosts = hostsInProcess()
    const giving = new AbortController()
    const given = hosts.take(to('a', 1), giving.signal)
    // The desk has taken it along, and nobody has answered yet.
    await Promise.resolve()
    giving.abort(new Error('enough'))
    await expect(given).rejects.toThrow('enough')
    ;(await hosts.take(to('a', 1), never)).end(fine)
  })

  it('cannot be given back twice', async () => {
    const hosts = hostsInProcess()
    const turn = await hosts.take(to('a', 1), never)
    turn.end(fine)
    turn.end(fine)
    await hosts.take(to('a', 1), never)
    await expect(hosts.take(to('a', 1), AbortSignal.timeout(20))).rejects.toThrow(/timeout/)
  })

  it('say when they come to those who need not wait, with the code of the reason', async () => {
    const hosts = hostsInProcess()
    const turn = await hosts.take(to('a', 1, 0, { requestsPerDay: 1 }), never)
    turn.end({ status: 503, code: 'source_busy', bytes: 0, retryAfterMs: 120_000 })
    const paused = await hosts.take(to('a', 1), never).catch((thrown: unknown) => thrown)
    expect(paused).toMatchObject({ code: 'host_paused', retry: true })
    expect(await hosts.states()).toMatchObject([
      { host: 'a', rate: 0.5, reason: 'source_busy', used: { requestsPerDay: 1 } },
    ])
    expect(await hosts.resume('a')).toBe(true)
    expect(await hosts.resume('b')).toBe(false)
    const busy = await hosts
      .take(to('a', 1, 0, { requestsPerDay: 1 }), never)
      .catch((thrown: unknown) => thrown)
    expect(busy).toMatchObject({ code: 'host_busy', details: { retryAfterMs: expect.any(Number) as number } })
  })
})

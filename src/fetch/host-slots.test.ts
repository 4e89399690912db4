import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { inProcessHostSlots } from './host-slots.ts'
import { never } from './local-server.suite.ts'

const limits = (hostConcurrency: number, hostDelayMs = 0) => ({ hostConcurrency, hostDelayMs })

describe('the slots of a host', () => {
  it('are as many as its concurrency, given out in the order in which they were asked for', async () => {
    const slots = inProcessHostSlots()
    const order: number[] = []
    let running = 0
    let most = 0
    await Promise.all(
      Array.from({ length: 9 }, async (_, n) => {
        const release = await slots.take('a', limits(2), never)
        order.push(n)
        most = Math.max(most, ++running)
        await sleep(1)
        running--
        release()
      }),
    )
    expect(most).toBe(2)
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  })

  it('start no closer together than the delay, even when the host was idle between', async () => {
    const slots = inProcessHostSlots()
    const starts: number[] = []
    for (let n = 0; n < 4; n++) {
      const release = await slots.take('a', limits(5, 40), never)
      starts.push(performance.now())
      release()
    }
    const gaps = starts.slice(1).map((start, n) => start - starts[n]!)
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(38)
  })

  it('of one host do not wait for another', async () => {
    const slots = inProcessHostSlots()
    await slots.take('a', limits(1, 60_000), never)
    await slots.take('b', limits(1, 60_000), never)
  })

  it('are not waited for once the signal aborts, and those behind move up', async () => {
    const slots = inProcessHostSlots()
    const release = await slots.take('a', limits(1), never)
    const giving = new AbortController()
    const given = slots.take('a', limits(1), giving.signal)
    const behind = slots.take('a', limits(1), never)
    giving.abort(new Error('enough'))
    await expect(given).rejects.toThrow('enough')
    release()
    ;(await behind)()
    await expect(slots.take('a', limits(1), giving.signal)).rejects.toThrow('enough')
  })

  it('cannot be given back twice', async () => {
    const slots = inProcessHostSlots()
    const release = await slots.take('a', limits(1), never)
    release()
    release()
    await slots.take('a', limits(1), never)
    const third = slots.take('a', limits(1), AbortSignal.timeout(20))
    await expect(third).rejects.toThrow(/timeout/)
  })

  it('leave nothing behind for hosts that are idle', async () => {
    let now = 0
    const slots = inProcessHostSlots(() => now)
    for (let n = 0; n < 1000; n++) (await slots.take(`host-${n}`, limits(1, 1000), never))()
    expect(slots.size).toBe(1000)
    now = 2000
    await slots.take('one-more', limits(1), never)
    expect(slots.size).toBe(1)
  })
})

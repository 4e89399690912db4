import { describe, expect, it } from 'vitest'
import { aGate } from '../../test/given.ts'
import { limiter } from './limiter.ts'

describe('the limiter', () => {
  /** Starts that many; each ends when its gate is opened. */
  const start = (many: number, atOnce: number, waiting: number) => {
    const limited = limiter(atOnce, waiting)
    const begun: number[] = []
    const gates = Array.from({ length: many }, aGate)
    const results = gates.map((gate, at) =>
      limited(async () => {
        begun.push(at)
        await gate.opened
        return at
      }),
    )
    return { limited, begun, gates, results }
  }

  it('lets so many through at once, and the others in the order in which they came', async () => {
    const { begun, gates, results } = start(4, 2, 10)
    expect(begun).toEqual([0, 1])
    gates[1]!.open()
    expect(await results[1]).toBe(1)
    expect(begun).toEqual([0, 1, 2])
    for (const gate of gates) gate.open()
    expect(await Promise.all(results)).toEqual([0, 1, 2, 3])
  })

  it('asks those to come back for whom there is no room to wait', async () => {
    const { limited, gates, results } = start(3, 1, 2)
    await expect(limited(async () => 9)).rejects.toMatchObject({
      code: 'image_not_ready',
      details: { retryAfterMs: 2_000 },
    })
    for (const gate of gates) gate.open()
    await Promise.all(results)
    expect(await limited(async () => 9)).toBe(9)
  })

  it('gives the place of one that fails to the next', async () => {
    const limited = limiter(1, 1)
    const failing = limited(() => Promise.reject(new Error('broken')))
    const next = limited(async () => 'next')
    await expect(failing).rejects.toThrow('broken')
    expect(await next).toBe('next')
  })
})

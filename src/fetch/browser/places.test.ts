import { describe, expect, it } from 'vitest'
import { places } from './places.ts'

const never = new AbortController().signal

describe('places', () => {
  it('are taken in the order of the line, no more than there are', async () => {
    const { take } = places(2)
    const order: number[] = []
    const leave = await take(never)
    await take(never)
    const third = take(never).then((left) => (order.push(3), left))
    const fourth = take(never).then((left) => (order.push(4), left))
    await Promise.resolve()
    expect(order).toEqual([])
    leave()
    ;(await third)()
    await fourth
    expect(order).toEqual([3, 4])
  })

  it('are given to those behind one that gives up', async () => {
    const { take } = places(1)
    const leave = await take(never)
    const ending = new AbortController()
    const second = take(ending.signal)
    const third = take(never)
    ending.abort(new Error('enough'))
    await expect(second).rejects.toThrow('enough')
    leave()
    ;(await third)()
  })

  it('are not lost, nor the line behind, with one that gives up just as it is called', async () => {
    const { take } = places(1)
    const leave = await take(never)
    const ending = new AbortController()
    const second = take(ending.signal)
    const third = take(never)
    leave()
    ending.abort(new Error('enough'))
    ;(await second)()
    ;(await third)()
    await take(never)
  })
})

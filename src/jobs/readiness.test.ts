import { describe, expect, it } from 'vitest'
import { MagpieError } from '../errors.ts'
import { readiness, remembered } from './readiness.ts'

const well = async () => undefined

describe('readiness', () => {
  it('is there when all that the work needs answers', async () => {
    const { isReady, checks } = await readiness({ database: well, store: well, queue: well })
    expect(isReady).toBe(true)
    expect(checks.map(({ name }) => name)).toEqual(['database', 'store', 'queue'])
  })

  it('says what is the matter, and that the rest is well', async () => {
    const store = () => Promise.reject(new MagpieError('store_full', 'No room.'))
    expect(await readiness({ database: well, store, queue: well })).toEqual({
      isReady: false,
      checks: [
        { name: 'database', error: null },
        { name: 'store', error: { code: 'store_full', message: 'No room.' } },
        { name: 'queue', error: null },
      ],
    })
  })

  it('does not wait for what does not answer', async () => {
    const database = () => new Promise(() => undefined)
    expect(await readiness({ database, store: well, queue: well })).toMatchObject({ isReady: false })
  })

  it('remembers a good answer for a while, and a bad one not at all', async () => {
    let [asked, clock, isWell] = [0, 0, true]
    const probe = remembered(
      async () => {
        asked++
        if (!isWell) throw new MagpieError('store_unavailable')
      },
      { forMs: 1000, now: () => clock },
    )
    await probe()
    await probe()
    expect(asked).toBe(1)
    clock = 1000
    isWell = false
    await expect(probe()).rejects.toMatchObject({ code: 'store_unavailable' })
    await expect(probe()).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(asked).toBe(3)
  })
})

import { describe, expect, it, onTestFinished } from 'vitest'
import { silent } from '../../test/given.ts'
import { MagpieError } from '../errors.ts'
import { openPause } from './pause.ts'

const aPause = () => {
  const pause = openPause(silent, { firstMs: 1, mostMs: 5 })
  onTestFinished(() => pause.close())
  return pause
}
const full = new MagpieError('store_full', 'No room on the disk.')
const never = new AbortController().signal

describe('a pause', () => {
  it('lets everybody through while nothing is away', async () => {
    const pause = aPause()
    await pause.ready(never)
    expect(pause.because()).toBeNull()
  })

  it('holds everybody until the probe succeeds, and says why', async () => {
    const pause = aPause()
    let asked = 0
    pause.begin(full, async () => {
      if (++asked < 4) throw full
    })
    expect(pause.because()).toBe('No room on the disk.')
    await pause.ready(never)
    expect(asked).toBe(4)
    expect(pause.because()).toBeNull()
  })

  it('asks once about the same trouble, however many report it', async () => {
    const pause = aPause()
    let asked = 0
    for (let reports = 0; reports < 10; reports++) pause.begin(full, async () => void asked++)
    await pause.ready(never)
    expect(asked).toBe(1)
  })

  it('waits for all that is away', async () => {
    const pause = aPause()
    const away = Promise.withResolvers<void>()
    pause.begin(full, async () => undefined)
    pause.begin(new MagpieError('database_unavailable', 'No database.'), () => away.promise)
    let isThrough = false
    const through = pause.ready(never).then(() => (isThrough = true))
    await expect.poll(() => pause.because()).toBe('No database.')
    expect(isThrough).toBe(false)
    away.resolve()
    await through
  })

  it('lets go of one who does not want to wait any more', async () => {
    const pause = aPause()
    const patience = new AbortController()
    pause.begin(full, () => new Promise(() => undefined))
    const waiting = pause.ready(patience.signal)
    patience.abort(new MagpieError('interrupted'))
    await expect(waiting).rejects.toMatchObject({ code: 'interrupted' })
  })

  it('can come again', async () => {
    const pause = aPause()
    for (let times = 0; times < 3; times++) {
      pause.begin(full, async () => undefined)
      await pause.ready(never)
    }
    expect(pause.because()).toBeNull()
  })
})

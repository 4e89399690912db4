import { describe, expect, it, onTestFinished } from 'vitest'
import { silent } from '../../test/given.ts'
import { MagpieError, type ErrorCode } from '../errors.ts'
import type { Facts } from '../imaging/facts.ts'
import type { BlobStore } from '../storage/blob-store.ts'
import { memoryStore } from '../storage/stores/memory.ts'
import { digestOf, keepOriginal } from './keep.ts'
import { openPause } from './pause.ts'

const bytes = Buffer.from('a picture')
const facts = {
  mediaType: 'image/jpeg',
  digest: digestOf(bytes),
  byteSize: bytes.length,
} as Partial<Facts> as Facts

/** A store in memory that fails its first puts so, and what keeps originals in it. */
function aStoreThat(fails: ErrorCode, times: number, isWell = () => true) {
  const inner = memoryStore()
  const pause = openPause(silent, { firstMs: 1, mostMs: 2 })
  onTestFinished(() => pause.close())
  let puts = 0
  const store: BlobStore = {
    ...inner,
    async put(key, body, meta) {
      if (++puts <= times) throw new MagpieError(fails, 'no room')
      return inner.put(key, body, meta)
    },
    async probe() {
      if (!isWell()) throw new MagpieError(fails, 'still no room')
    },
  }
  const keep = keepOriginal({ storeNamed: () => store, pause })
  return {
    pause,
    inner,
    puts: () => puts,
    keep: (signal = new AbortController().signal) =>
      keep(bytes, facts, { store: 'memory', before: null }, signal),
  }
}

describe('keeping an original', () => {
  it('waits with the bytes in hand while the store is full, and puts them when there is room', async () => {
    let looks = 0
    const { keep, pause, inner } = aStoreThat('store_full', 1, () => ++looks >= 3)
    const keeping = keep()
    await expect.poll(() => pause.because()).toBe('no room')
    const { blob } = await keeping
    expect(looks).toBe(3)
    expect(await inner.exists(blob.key)).toBe(true)
    expect(pause.because()).toBeNull()
  })

  it('gives up on a blob that a store in good health does not take', async () => {
    const { keep, puts } = aStoreThat('store_unavailable', 100)
    await expect(keep()).rejects.toMatchObject({ code: 'store_refused' })
    expect(puts()).toBe(5)
  })

  it('goes on waiting for a full store that has room for probes alone', async () => {
    const { keep, puts, inner } = aStoreThat('store_full', 8)
    const { blob } = await keep()
    expect(puts()).toBe(9)
    expect(await inner.exists(blob.key)).toBe(true)
  })

  it('stops waiting when it is told to, and blames the store', async () => {
    const { keep, pause } = aStoreThat('store_full', 100, () => false)
    const patience = new AbortController()
    const keeping = keep(patience.signal)
    await expect.poll(() => pause.because()).toBe('no room')
    patience.abort(new MagpieError('interrupted'))
    await expect(keeping).rejects.toMatchObject({ code: 'store_full' })
  })

  it('does not wait for what waiting cannot help', async () => {
    const { keep, puts } = aStoreThat('input_invalid', 1)
    await expect(keep()).rejects.toMatchObject({ code: 'input_invalid' })
    expect(puts()).toBe(1)
  })
})

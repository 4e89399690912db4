import { describe, expect, it } from 'vitest'
import { silent } from '../../test/given.ts'
import type { ImageId } from '../catalog/ids.ts'
import { hastener } from './hasten.ts'

const image = (id: string) => ({ id: id as ImageId, url: 'https://cdn.example:8443/a.jpg' })

describe('an image that somebody looks at', () => {
  it('is put before all others once in half a minute, however many look', () => {
    let now = 0
    const put: unknown[] = []
    const hasten = hastener({ enqueue: async (...job: unknown[]) => void put.push(job) }, silent, () => now)
    hasten(image('a'))
    hasten(image('a'))
    hasten(image('b'))
    now = 29_999
    hasten(image('a'))
    expect(put).toEqual(
      ['a', 'b'].map((imageId) => [
        'ingest-image',
        { imageId },
        { priority: 'viewed', host: 'cdn.example:8443' },
      ]),
    )
    now = 30_000
    hasten(image('a'))
    expect(put).toHaveLength(3)
  })

  it('is shown as it is when the queue cannot be reached', async () => {
    const hasten = hastener({ enqueue: () => Promise.reject(new Error('away')) }, silent)
    expect(() => hasten(image('a'))).not.toThrow()
    await new Promise((resolve) => setImmediate(resolve))
  })
})

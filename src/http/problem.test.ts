import { describe, expect, it } from 'vitest'
import { MagpieError } from '../errors.ts'
import type { Magpie } from '../jobs/magpie.ts'
import { openLog } from '../log.ts'
import { buildApp } from './app.ts'

/** What the log says of a request for an image that ends like this. */
async function toldOf(resolve: Magpie['resolve']): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const lines: Record<string, unknown>[] = []
  const log = openLog(
    { LOG_LEVEL: 'info' },
    { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  )
  const metrics = { countRequest: () => undefined }
  const app = buildApp({ log, resolve, metrics } as unknown as Magpie)
  await app.inject('/images/one/thumb?token=s3cr3t')
  await app.close()
  return lines
}

describe('a request that cannot be answered', () => {
  it('is an error in the log when nobody foresaw it, with its path and without its query', async () => {
    const lines = await toldOf(() => Promise.reject(new TypeError('x is undefined')))
    expect(lines).toMatchObject([
      { level: 50, method: 'GET', path: '/images/one/thumb', err: { type: 'TypeError' } },
    ])
    expect(JSON.stringify(lines)).not.toContain('s3cr3t')
  })

  it('is told with its code when it was foreseen', async () => {
    const lines = await toldOf(() =>
      Promise.reject(new MagpieError('store_unavailable', 'the store is away')),
    )
    expect(lines).toMatchObject([{ level: 30, code: 'store_unavailable', why: 'the store is away' }])
    expect(lines[0]).not.toHaveProperty('err')
  })

  it('is not told of when it is the asker’s fault', async () => {
    expect(await toldOf(() => Promise.reject(new MagpieError('image_not_found')))).toEqual([])
  })
})

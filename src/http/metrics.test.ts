import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aMagpie, haveDatabase } from '../../test/given.ts'
import { serveMetrics } from './serve-metrics.ts'
import { serveHttp } from './serve.ts'

describe.runIf(haveDatabase)('metrics over HTTP', () => {
  let magpie: Awaited<ReturnType<typeof aMagpie>>
  beforeAll(async () => {
    if (haveDatabase) magpie = await aMagpie()
  })
  afterAll(() => magpie?.remove())

  it('are answered by the server beside all else, and count its requests by their routes', async () => {
    const served = await serveHttp(magpie, { host: '127.0.0.1', port: 0 })
    const get = (path: string) => fetch(`${served.url}${path}`)
    for (const path of ['/v1/catalogs/none', '/v1/catalogs/other', '/nowhere/at/all', '/healthz'])
      await (await get(path)).text()
    const answer = await get('/metrics')
    const body = await answer.text()
    await served.close()
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const count = 'magpie_http_request_duration_seconds_count'
    expect(body).toMatch(
      new RegExp(`^${count}\\{method="GET",route="/v1/catalogs/:[a-z]+",status="404"\\} 2$`, 'm'),
    )
    expect(body).toContain(`${count}{method="GET",route="none",status="404"} 1\n`)
    expect(body).toContain(`${count}{method="GET",route="/healthz",status="200"} 1\n`)
    expect(Number(/^magpie_served_bytes_total (\d+)$/m.exec(body)![1])).toBeGreaterThan(100)
    expect(body).not.toContain('nowhere')
  })

  it('are answered by a port of their own where nothing is served, and nothing else is', async () => {
    const served = await serveMetrics(magpie, { host: '127.0.0.1', port: 0 })
    const get = (path: string, method = 'GET') => fetch(`${served.url}${path}`, { method })
    const metrics = await get('/metrics')
    expect(metrics.status).toBe(200)
    expect(await metrics.text()).toContain('magpie_database_up 1\n')
    expect(await (await get('/healthz')).json()).toEqual({ status: 'ok' })
    const ready = await get('/readyz?verbose')
    expect([ready.status, await ready.json()]).toMatchObject([200, { status: 'ok' }])
    for (const [path, method] of [
      ['/', 'GET'],
      ['/v1/status', 'GET'],
      ['/metrics', 'POST'],
      ['//', 'GET'],
    ] as const)
      expect((await get(path, method)).status, path).toBe(404)
    await served.close()
    await expect(get('/healthz')).rejects.toThrow()
  })

  it('say when their port is taken', async () => {
    const served = await serveMetrics(magpie, { host: '127.0.0.1', port: 0 })
    const port = Number(new URL(served.url).port)
    await expect(serveMetrics(magpie, { host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'address_in_use',
    })
    await served.close()
  })

  it('say that the process is not ready while something it needs is away', async () => {
    const error = { code: 'database_unavailable', message: 'away' } as const
    const readiness = async () => ({ isReady: false, checks: [{ name: 'database', error } as const] })
    const served = await serveMetrics({ ...magpie, readiness }, { host: '127.0.0.1', port: 0 })
    const answer = await fetch(`${served.url}/readyz`)
    await served.close()
    expect([answer.status, await answer.json()]).toEqual([
      503,
      { status: 'unavailable', checks: [{ name: 'database', error }] },
    ])
  })
})

import { describe, expect, it } from 'vitest'
import { aPlace } from '../../test/given.ts'
import { start } from './given.suite.ts'

describe('magpie work', () => {
  it('tells how it does at the port it is given, until it is asked to stop', async () => {
    const place = await aPlace()
    const { child, ended, said } = start(['work', '--metrics-port', '0', '--data', place.folder])
    const url = /http:\/\/127\.0\.0\.1:\d+\/metrics/.exec(await said('/metrics'))![0]
    await said('magpie works')
    expect(await (await fetch(url)).text()).toContain('magpie_database_up 1\n')
    expect((await fetch(new URL('/readyz', url))).status).toBe(200)
    child.kill('SIGTERM')
    expect((await ended).code).toBe(0)
    await place.remove()
  })

  it('complains of a port that is none', async () => {
    const { code, err } = await start(['work', '--metrics-port', 'ninety']).ended
    expect(code).toBe(2)
    expect(err).toMatch(/0 to 65535/)
  })
})

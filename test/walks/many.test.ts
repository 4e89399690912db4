import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allWell } from '../faults/checks.ts'
import { startOrigin, type Origin } from '../faults/origin.ts'
import { splitAmongFour, type Split } from '../faults/split.ts'
import { aPlace, haveDatabase, onServer, type Place } from '../given.ts'
import { startPostgres, type TestServer } from '../postgres.ts'

const images = 400
/** A worker that says nothing for 15 s is dead, and is looked for every five. */
const heartbeatMs = 15_000

/** A server of its own: it falls over in the middle, and the other tests go on. */
describe.runIf(onServer && haveDatabase)('four workers on one database and one store', () => {
  let server: TestServer
  let origin: Origin
  let place: Place
  let split: Split

  beforeAll(async () => {
    server = (await startPostgres())!
    origin = await startOrigin({ latencyMs: 20 })
    place = await aPlace({ FETCH_ALLOW_PRIVATE: origin.host }, server.url)
    split = await splitAmongFour({ place, server, origin, images })
  }, 240_000)
  afterAll(async () => {
    await place?.remove()
    await origin?.close()
    await server?.stop()
  })

  it('work every image to its end, though the database falls over and one of them is killed', () => {
    expect(split.states).toEqual({ ready: images })
    expect(split.findings).toEqual(allWell)
    expect(split.fetched).toBe(images)
  })

  it('fetch nothing twice but what the killed one had in its hands', () => {
    expect(split.heldByKilled).toBeGreaterThan(0)
    expect(split.again).toBeLessThanOrEqual(split.heldByKilled)
  })

  it('spend no attempt on it: a restart costs none, and a kill is counted as a crash', () => {
    expect(split.spent).toMatchObject({ attempts: 0, crashes: split.heldByKilled, dead: 0 })
  })

  it('take up what the killed one held within its heartbeat and five seconds', () => {
    expect(split.recoveryMs).toBeLessThan(heartbeatMs + 5_000 + 1_000)
  })

  it('end by themselves when they are told to', () => {
    expect(split.endings).toEqual(Array(3).fill({ code: 0, signal: null }))
  })
})

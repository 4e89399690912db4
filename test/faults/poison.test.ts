import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openMagpie } from '../../src/main.ts'
import { aPlace, onServer, silent, type Place } from '../given.ts'
import { allWell, check } from './checks.ts'
import { lookInto, saveItems, spent, states } from './many-images.ts'
import { startOrigin, type Origin } from './origin.ts'
import { aPicture } from './pictures.ts'
import { magpie } from './workers.ts'

const images = 40
const poison = 7

/** On a server each death is found out by its heartbeat alone, which takes a minute for three: that is in the soak. */
describe.runIf(!onServer)('a picture that kills whoever keeps it', () => {
  let origin: Origin
  let place: Place

  beforeAll(async () => {
    origin = await startOrigin()
    place = await aPlace({ FETCH_ALLOW_PRIVATE: origin.host })
    const seeding = await openMagpie(place.config, silent)
    await saveItems(seeding, origin, { images })
    await seeding.close()
  })
  afterAll(async () => {
    await place?.remove()
    await origin?.close()
  })

  const work = () => {
    const digest = createHash('sha256').update(aPicture(poison)).digest('hex')
    const settings = { DIE_OF: digest, WORK_CONCURRENCY: '8' }
    return magpie(place, ['work', '--until-idle'], { origin, settings, diesAt: 'poison:1' }).ended
  }

  it('kills three times, is a dead letter then, and all others are kept', async () => {
    for (let times = 0; times < 3; times++) expect(await work()).toMatchObject({ signal: 'SIGKILL' })
    expect(await work()).toMatchObject({ code: 0 })
    const look = await lookInto(place)
    try {
      expect(await states(look.db)).toEqual({ ready: images - 1, failed: 1 })
      expect(await spent(look.db)).toMatchObject({ attempts: 0, dead: 1 })
      const failed = await look.db
        .selectFrom('images')
        .select(['url', 'code'])
        .where('state', '=', 'failed')
        .execute()
      expect(failed).toEqual([{ url: `${origin.url}/p/${poison}.png`, code: 'job_crashed' }])
      expect(await check(look.db, look.store)).toEqual(allWell)
    } finally {
      await look.close()
    }
  }, 180_000)

  it('is one of the dead letters that people see, with its history', async () => {
    const opened = await openMagpie(place.config, silent)
    try {
      const { jobs } = await opened.queue.list({ state: 'failed' }, { cursor: null, limit: 10 })
      expect(jobs).toMatchObject([{ kind: 'ingest-image', crashes: 3, attempts: 0 }])
      expect(jobs[0]!.errors.map(({ code }) => code)).toEqual(Array(3).fill('job_crashed'))
    } finally {
      await opened.close()
    }
  })
})

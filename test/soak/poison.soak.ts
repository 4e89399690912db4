import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { table } from '../../bench/report.ts'
import { allWell, check } from '../faults/checks.ts'
import { lookInto, openJobs, saveItems, spent, states } from '../faults/many-images.ts'
import { startOrigin } from '../faults/origin.ts'
import { aPicture } from '../faults/pictures.ts'
import { magpie } from '../faults/workers.ts'
import { aMagpie, haveDatabase, until } from '../given.ts'

const [images, poison] = [400, 7]

describe.runIf(haveDatabase)('soak: poison', () => {
  it('a picture that kills its worker three times lies dead, and all others are kept', async () => {
    const origin = await startOrigin()
    const seeding = await aMagpie({ FETCH_ALLOW_PRIVATE: origin.host })
    const { place } = seeding
    const look = await lookInto(place)
    const digest = createHash('sha256').update(aPicture(poison)).digest('hex')
    let deaths = 0
    let isOver = false
    /** Starts a worker again whenever it has died, as every supervisor does. */
    const supervised = async () => {
      while (!isOver) {
        const settings = { DIE_OF: digest }
        const worker = magpie(place, ['work'], { origin, settings, diesAt: 'poison:1' })
        const over = until(() => isOver, 900_000).then(() => worker.kill('SIGTERM'))
        if ((await worker.ended).signal === 'SIGKILL') deaths += 1
        void over
      }
    }
    try {
      await saveItems(seeding, origin, { images })
      const since = performance.now()
      const workers = [supervised(), supervised()]
      await until(async () => (await openJobs(look.db)) === 0, 600_000)
      const seconds = (performance.now() - since) / 1000
      isOver = true
      await Promise.all(workers)
      const { crashes, dead } = await spent(look.db)
      const rows = Object.entries({ images, seconds: seconds.toFixed(0), deaths, crashes, dead })
      console.log(
        `\n${table(
          ['counted', ''],
          rows.map(([what, count]) => [what, String(count)]),
        )}\n`,
      )
      expect(deaths).toBe(3)
      expect(await states(look.db)).toEqual({ ready: images - 1, failed: 1 })
      expect(await check(look.db, look.store)).toEqual(allWell)
    } finally {
      isOver = true
      await look.close()
      await seeding.remove()
      await origin.close()
    }
  })
})

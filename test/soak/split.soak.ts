import { describe, expect, it, onTestFinished } from 'vitest'
import { machine, table } from '../../bench/report.ts'
import { allWell } from '../faults/checks.ts'
import { startOrigin } from '../faults/origin.ts'
import { splitAmongFour, type Split } from '../faults/split.ts'
import { aPlace, haveDatabase } from '../given.ts'
import { startPostgres } from '../postgres.ts'
import { ourS3, realS3 } from '../servers/s3/places.ts'

const images = Number(process.env['SOAK_IMAGES'] ?? 10_000)

describe.runIf(haveDatabase)('soak: split', () => {
  it.each([
    ['a disk', async () => Promise.resolve({})],
    ['S3', storeOnS3],
  ])(
    `four workers work ${images} images on %s through a restart of the database and the death of one`,
    async (on, store) => {
      const server = (await startPostgres())!
      const origin = await startOrigin({ latencyMs: 20, keepsVisits: false })
      const place = await aPlace({ FETCH_ALLOW_PRIVATE: origin.host, ...(await store()) }, server.url)
      try {
        const split = await splitAmongFour({ place, server, origin, images })
        console.log(`\n${machine()}, on ${on}\n\n${asTable(split)}\n`)
        expect(split.findings).toEqual(allWell)
        expect(split.states).toEqual({ ready: images })
        expect(split.spent).toMatchObject({ attempts: 0, crashes: split.heldByKilled, dead: 0 })
        expect(split.again).toBeLessThanOrEqual(split.heldByKilled)
      } finally {
        await place.remove()
        await origin.close()
        await server.stop()
      }
    },
  )
})

/** A real server where the environment names one, else one of our own. */
async function storeOnS3(): Promise<Readonly<Record<string, string>>> {
  const ceph = await realS3('ceph')
  if (ceph) return { STORE: 's3', ...ceph.environment() }
  const ours = await ourS3('aws')
  onTestFinished(() => ours.stop())
  return { STORE: 's3', ...ours.environment() }
}

function asTable(split: Split): string {
  const { findings, spent } = split
  const rows: readonly (readonly [string, string | number])[] = [
    ['images ready', split.states['ready'] ?? 0],
    ['images a second', (images / split.seconds).toFixed(1)],
    ['pictures asked for at the origin', split.fetched],
    ['of them asked for again', split.again],
    ['jobs that the killed worker held', split.heldByKilled],
    ['its jobs with others again after', `${(split.recoveryMs / 1000).toFixed(1)} s`],
    ['attempts spent', spent.attempts],
    ['crashes counted', spent.crashes],
    ['lost', findings.lost.length],
    ['twice', findings.twice.length],
    ['blobs missing or wrong', findings.wrong.length],
    ['blobs that a sweep took', split.swept],
    ['orphans after it', findings.orphans.length],
  ]
  return table(
    ['counted', `${images} images`],
    rows.map(([what, count]) => [what, String(count)]),
  )
}

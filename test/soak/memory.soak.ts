import { readFileSync } from 'node:fs'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { machine, median, table } from '../../bench/report.ts'
import { lookInto, openJobs, saveItems, states } from '../faults/many-images.ts'
import { startOrigin } from '../faults/origin.ts'
import { startWorkers, stopWorkers } from '../faults/workers.ts'
import { aMagpie, haveDatabase, until } from '../given.ts'

const images = Number(process.env['SOAK_IMAGES'] ?? 100_000)
const step = images / 10

/** Resident memory of a process, in MB; Linux alone says it. */
const rssMb = (pid: number) =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024

describe.runIf(haveDatabase && process.platform === 'linux')('soak: memory', () => {
  it(`one worker takes no more for ${images} images than for ${step}, and the bytes of a row are known`, async () => {
    const origin = await startOrigin({ keepsVisits: false })
    const magpie = await aMagpie({ FETCH_ALLOW_PRIVATE: origin.host })
    const look = await lookInto(magpie.place)
    const [worker] = await startWorkers(1, magpie.place, { origin })
    const rows: string[][] = []
    try {
      for (let from = 1; from <= images; from += step) {
        const since = performance.now()
        await saveItems(magpie, origin, { images: step, from })
        const seen: number[] = []
        await until(async () => {
          seen.push(rssMb(worker!.pid))
          return (await openJobs(look.db)) === 0
        }, 3600_000)
        const seconds = (performance.now() - since) / 1000
        rows.push([
          String(from + step - 1),
          median(seen).toFixed(0),
          Math.max(...seen).toFixed(0),
          (step / seconds).toFixed(0),
        ])
        console.log(rows.at(-1)!.join('\t'))
      }
      expect(await states(look.db)).toEqual({ ready: images })
      console.log(`\n${machine()}\n\n${table(['images', 'median MB', 'most MB', 'images/s'], rows)}`)
      console.log(`\n${table(['table', 'bytes a row', 'rows'], await bytesOfRows(look.db))}\n`)
      // The first step warms up: what comes behind it is to be as large at the end as at its beginning.
      const [first, last] = [Number(rows[1]![1]), Number(rows.at(-1)![1])]
      expect(Math.abs(last / first - 1)).toBeLessThan(0.1)
      expect(await stopWorkers([worker!])).toEqual([{ code: 0, signal: null }])
    } finally {
      worker!.kill('SIGKILL')
      await look.close()
      await magpie.remove()
      await origin.close()
    }
  })
})

type Db = Awaited<ReturnType<typeof lookInto>>['db']

/** What a row costs with its indexes, after the dead ones are gone. */
async function bytesOfRows(db: Db): Promise<string[][]> {
  const tables = ['images', 'assets', 'items', 'pgboss.job']
  const rows = []
  for (const name of tables) {
    await sql.raw(`vacuum full ${name}`).execute(db)
    const { rows: found } = await sql<{ bytes: number; count: number }>`
      select (select sum(pg_total_relation_size(relid))
          from (select relid from pg_partition_tree(${name}) union select ${name}::regclass) t)::float8 as bytes,
        (select count(*) from ${sql.raw(name)})::int as count`.execute(db)
    const { bytes, count } = found[0]!
    rows.push([name, (bytes / count).toFixed(0), String(count)])
  }
  return rows
}

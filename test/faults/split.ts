import { sql } from 'kysely'
import { openMagpie } from '../../src/main.ts'
import { silent, until, type Place } from '../given.ts'
import type { TestServer } from '../postgres.ts'
import { check, type Findings } from './checks.ts'
import { lookInto, openJobs, saveItems, spent, states, type Look, type Spent } from './many-images.ts'
import type { Origin } from './origin.ts'
import { startWorkers, stopWorkers, type Run } from './workers.ts'

/** What became of images that four processes worked, one of which was killed, while the database fell over. */
export interface Split {
  readonly seconds: number
  /** From the kill until no job was held by the dead any more, in milliseconds. */
  readonly recoveryMs: number
  /** Jobs that the killed worker had under way. */
  readonly heldByKilled: number
  /** How many pictures were asked for, and how many of them once more. */
  readonly fetched: number
  readonly again: number
  readonly states: Readonly<Record<string, number>>
  readonly spent: Spent
  readonly endings: readonly { readonly code: number | null }[]
  /** Blobs that a sweep took. */
  readonly swept: number
  readonly findings: Findings
}

/**
 * Has four `magpie work` work so many images. When a third has been asked for, the database ends without a goodbye and
 * starts again; when two thirds have, one of the four is killed.
 */
export async function splitAmongFour(of: {
  readonly place: Place
  readonly server: Pick<TestServer, 'restart'>
  readonly origin: Origin
  readonly images: number
  readonly settings?: Readonly<Record<string, string>>
}): Promise<Split> {
  const { place, server, origin, images } = of
  const magpie = await openMagpie(place.config, silent)
  await saveItems(magpie, origin, { images })
  await magpie.close()
  const look = await lookInto(place)
  try {
    const workers = await startWorkers(4, place, of)
    const started = performance.now()
    await origin.asked(Math.ceil(images / 3))
    await server.restart()
    await origin.asked(Math.ceil((images * 2) / 3))
    const killed = await kill(look, workers[0]!)
    await until(async () => (await openJobs(look.db)) === 0, 600_000)
    const seconds = (performance.now() - started) / 1000
    const endings = await stopWorkers(workers.slice(1))
    return {
      ...{ seconds, ...killed, recoveryMs: await killed.recovered, fetched: origin.counts.size },
      ...{
        again: origin.again(),
        states: await states(look.db),
        spent: await spent(look.db),
        endings,
      },
      swept: await sweep(place),
      findings: await check(look.db, look.store),
    }
  } finally {
    await look.close()
  }
}

/** Kills a worker in the middle of its work. */
async function kill(
  { db }: Look,
  worker: Run,
): Promise<{ heldByKilled: number; recovered: Promise<number> }> {
  const held = async () => {
    const { rows } = await sql<{ count: number }>`
      select count(*) as count from pgboss.job j join workers w on w.id::text = j.group_tier
      where w.pid = ${worker.pid} and j.state = 'active'`.execute(db)
    return rows[0]!.count
  }
  const id = await sql<{ id: string }>`select id::text from workers where pid = ${worker.pid}`.execute(db)
  worker.kill('SIGKILL')
  await worker.ended
  const killedAt = performance.now()
  const heldByKilled = await held()
  const isHeld = async () => {
    const { rows } = await sql`
      select from pgboss.job where state = 'active' and group_tier = ${id.rows[0]!.id} limit 1`.execute(db)
    return rows.length > 0
  }
  const recovered = until(async () => !(await isHeld()), 60_000).then(() => performance.now() - killedAt)
  return { heldByKilled, recovered }
}

async function sweep(place: Place): Promise<number> {
  const magpie = await openMagpie(place.config, silent)
  try {
    const { unknownBlobs } = await magpie.sweep({ graceMs: 0, dryRun: false, maxShare: 1 })
    return unknownBlobs
  } finally {
    await magpie.close()
  }
}

import { sql } from 'kysely'
import type { Database } from '../database.ts'
import type { Log } from '../log.ts'
import { interruption, type Running } from './attempt.ts'
import { doorbell } from './waiting.ts'
import type { Abandoned } from './endings.ts'
import { rowColumns, type JobRow } from './job-row.ts'
import type { Outage } from './outage.ts'
import { rescue } from './rescue.ts'
import type { Settler } from './settle.ts'
import type { Times } from './times.ts'
import type { Held, Post, Pulse } from './workers.ts'

interface Means {
  readonly database: Database
  readonly kinds: readonly string[]
  readonly post: Post
  readonly running: ReadonlySet<Running>
  readonly settle: Settler
  readonly abandoned: Abandoned
  readonly outage: Outage
  readonly times: Times
  readonly log: Log
  readonly pulse: () => Pulse
  /** What else is done in each round, as long as jobs are claimed. */
  readonly tick: () => Promise<void>
}

/** What a working process does every five seconds beside its work. */
export interface Rounds {
  /** Resolves when the first has been made: before it, others would take us to be dead. */
  readonly first: Promise<void>
  /** Makes the next one now. */
  hurry(): void
  end(): Promise<void>
}

export function keepRounds(of: Means): Rounds {
  const { times, outage } = of
  const first = Promise.withResolvers<void>()
  const bell = doorbell()
  let isEnded = false
  let beatenAt = Date.now()
  // Who missed beats himself, as all do that were cut off or put to sleep, must not bury others for the same.
  let steadyFrom = -Infinity
  const round = async () => {
    if (Date.now() - beatenAt > 2 * times.beatMs) steadyFrom = Date.now()
    await beat(of)
    beatenAt = Date.now()
    first.resolve()
    if (Date.now() - steadyFrom > times.lostAfterMs) await rescue({ ...of, lostAfterMs: times.lostAfterMs })
    if (of.pulse().state !== 'draining') await of.tick()
  }
  const go = async () => {
    while (!isEnded) {
      const isBack = await round().then(
        () => false,
        (cause: unknown) => passed(cause),
      )
      // After an outage all take us to be dead until we say otherwise.
      if (!isBack) await bell.rung(times.beatMs)
    }
  }
  const passed = (cause: unknown) =>
    outage.over(cause).then(
      () => true,
      (other: unknown) => {
        outage.heard(other)
        return false
      },
    )
  const going = go()
  return {
    first: first.promise,
    hurry: bell.ring,
    async end() {
      isEnded = true
      bell.ring()
      await going
    },
  }
}

/** Says that we live, and compares what we do with what the table has us do. */
async function beat(of: Means): Promise<void> {
  const { post, running, pulse } = of
  const before = new Set(running)
  const held = await post.beat(pulse())
  const isHeld = new Set(held.map(nameOf))
  for (const { job, stop } of before)
    if (!isHeld.has(nameOf(job)))
      stop.abort(interruption('The job was cancelled, or given to another worker.'))
  await takeUpStrays(of, held)
}

/** Jobs that the table has us do for long and that we know nothing of: the answer to a claim was lost on its way. */
async function takeUpStrays(of: Means, held: readonly Held[]): Promise<void> {
  const { database, times, running, settle, post } = of
  const known = new Set([...running].map(({ job }) => nameOf(job)))
  const strays = held.filter((one) => one.heldMs > times.lostAfterMs && !known.has(nameOf(one)))
  if (strays.length === 0) return
  const { rows } = await sql<JobRow>`
    select ${rowColumns} from pgboss.job j
    join unnest(${strays.map(({ kind }) => kind)}::text[], ${strays.map(({ id }) => id)}::uuid[]) as s(name, id)
      on j.name = s.name and j.id = s.id
    where j.state = 'active' and j.group_tier = ${post.id}`.execute(database.db)
  await Promise.all(
    rows.filter((job) => !known.has(nameOf(job))).map((job) => settle(job, { handBackInMs: 0 })),
  )
}

const nameOf = ({ id, claim }: { id: string; claim: number }) => `${id} ${claim}`

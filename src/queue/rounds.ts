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
  /** Resolves when we have said for the first time that we live: before, others would take us to be dead. */
  readonly first: Promise<void>
  /** Says now how we are. */
  hurry(): void
  end(): Promise<void>
}

export function keepRounds(of: Means): Rounds {
  const { times } = of
  const first = Promise.withResolvers<void>()
  let held: readonly Held[] | null = null
  let beatenAt = Date.now()
  // Who missed beats himself, as all do that were cut off or put to sleep, must not bury others for the same.
  let steadyFrom = -Infinity
  const isLate = () => Date.now() - beatenAt > 2 * times.beatMs
  const beats = again(of, async () => {
    if (isLate()) steadyFrom = Date.now()
    const before = held
    held = await beat(of)
    beatenAt = Date.now()
    first.resolve()
    if (!before) chores.hurry()
  })
  // Apart from the beats: however long a statement of theirs takes, nobody may take us to be dead.
  const chores = again(of, async () => {
    if (!held) return
    await takeUpStrays(of, held)
    if (!isLate() && Date.now() - steadyFrom > times.lostAfterMs)
      await rescue({ ...of, lostAfterMs: times.lostAfterMs })
    if (of.pulse().state !== 'draining') await of.tick()
  })
  return {
    first: first.promise,
    hurry: beats.hurry,
    end: async () => void (await Promise.all([beats.end(), chores.end()])),
  }
}

/** Does something every few seconds, never twice at a time, and at once after an outage: all take us to be dead then. */
function again({ times, outage }: Means, go: () => Promise<void>) {
  const bell = doorbell()
  let isEnded = false
  const passed = (cause: unknown) =>
    outage.over(cause).then(
      () => true,
      (other: unknown) => {
        outage.heard(other)
        return false
      },
    )
  const goOn = async () => {
    while (!isEnded) {
      const isBack = await go().then(() => false, passed)
      if (!isBack) await bell.rung(times.beatMs)
    }
  }
  // Later, so that two of them can know of each other.
  const going = Promise.resolve().then(goOn)
  return {
    hurry: bell.ring,
    async end() {
      isEnded = true
      bell.ring()
      await going
    },
  }
}

/** Says that we live, and compares what we do with what the table has us do. */
async function beat({ post, running, pulse }: Means): Promise<readonly Held[]> {
  const before = new Set(running)
  const held = await post.beat(pulse())
  const isHeld = new Set(held.map(nameOf))
  for (const { job, stop } of before)
    if (!isHeld.has(nameOf(job)))
      stop.abort(interruption('The job was cancelled, or given to another worker.'))
  return held
}

/** Jobs that the table has us do for long and that we know nothing of: the answer to a claim was lost on its way. */
async function takeUpStrays(of: Means, held: readonly Held[]): Promise<void> {
  const { database, times, running, settle, post } = of
  const known = new Set([...running].map(({ job }) => nameOf(job)))
  const strays = held.filter((one) => one.heldMs > times.lostAfterMs && !known.has(nameOf(one)))
  if (strays.length === 0) return
  const { rows } = await sql<JobRow>`
    select ${rowColumns} from pgboss.job j
    join jsonb_to_recordset(${JSON.stringify(strays)}::jsonb) as s(kind text, id uuid, claim int)
      on j.name = s.kind and j.id = s.id and j.retry_count = s.claim
    where j.state = 'active' and j.group_tier = ${post.id}`.execute(database.db)
  await Promise.all(
    rows.filter((job) => !known.has(nameOf(job))).map((job) => settle(job, { handBackInMs: 0 })),
  )
}

const nameOf = ({ id, claim }: { id: string; claim: number }) => `${id} ${claim}`

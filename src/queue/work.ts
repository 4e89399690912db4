import type { PgBoss } from 'pg-boss'
import type { Database, Tx } from '../database.ts'
import type { Log } from '../log.ts'
import { interruption, type Running } from './attempt.ts'
import { aborted, inTime } from './waiting.ts'
import type { Abandoned } from './endings.ts'
import type { Handler, JobKind, WorkTerms } from './job-queue.ts'
import type { Outage } from './outage.ts'
import { pump } from './pump.ts'
import { keepRounds } from './rounds.ts'
import { settler } from './settle.ts'
import type { Times } from './times.ts'
import { keepListening } from './wakes.ts'
import { takePost, type Pulse } from './workers.ts'

/** What working a queue takes, whichever kinds of jobs it has. */
export interface Working {
  readonly boss: PgBoss
  readonly database: Database
  readonly kinds: Readonly<Record<string, JobKind>>
  readonly outage: Outage
  readonly times: Times
  readonly log: Log
  /** What else is done every few seconds. */
  readonly tick: () => Promise<void>
}

/** What one call of `work` was given. */
export interface Shift {
  readonly handlers: Readonly<Record<string, Handler<never, Tx>>>
  readonly signal: AbortSignal
  readonly terms: WorkTerms<Record<string, unknown>, Tx>
}

/** Works until the signal aborts, then drains. */
export async function work(working: Working, { handlers, signal, terms }: Shift): Promise<void> {
  const { boss, database, outage } = working
  const kinds = Object.keys(working.kinds)
  const post = takePost(boss, kinds)
  const of = { ...working, log: working.log.child({ worker: post.id }) }
  of.log.info({ pid: process.pid }, 'the work begins')
  const running = new Set<Running>()
  const abandoned: Abandoned = async (tx, { kind, args }, error) => terms.abandoned?.[kind]?.(tx, args, error)
  const settle = settler({ ...of, abandoned })
  const pulse = () => pulseOf(running.size, signal, terms)
  const rounds = keepRounds({ ...of, kinds, post, running, settle, abandoned, pulse })
  const news = newsFor(running, rounds.hurry)
  const unlisten = keepListening(of, news)
  await Promise.race([rounds.first, aborted(signal)])
  const means = {
    ...of,
    ...{ db: database.db, worker: post.id, settle, running },
    ready: terms.ready ?? atOnce,
  }
  const pumps = kinds.map((name) => {
    const own = { name, kind: of.kinds[name]!, handler: handlers[name]! }
    return pump({ ...means, ...own, onNews: (hear) => news.hearers.set(name, hear) }, signal)
  })
  signal.addEventListener('abort', rounds.hurry, { once: true })
  await aborted(signal)
  await drain({ ...of, pumps, running, settle, drainMs: terms.drainMs })
  // While the database is away this is left to the others, who find that we are gone.
  const leaving = rounds.end().then(() => Promise.all([unlisten(), post.leave()]))
  await inTime(leaving.catch(outage.heard), of.times.graceMs)
}

const atOnce = async () => undefined

function pulseOf(running: number, signal: AbortSignal, terms: Shift['terms']): Pulse {
  const reason = terms.pausedBecause?.() ?? null
  return { running, reason, state: signal.aborted ? 'draining' : reason === null ? 'working' : 'paused' }
}

/** Passes on what is heard of: jobs to those who claim them, and orders to stop. */
function newsFor(running: ReadonlySet<Running>, hurry: () => void) {
  const hearers = new Map<string, () => void>()
  return {
    hearers,
    wake: (kind: string) => hearers.get(kind)?.(),
    wakeAll() {
      hearers.forEach((hear) => hear())
      // An order to stop may have been missed, too: what the table says of our jobs tells.
      hurry()
    },
    stop(id: string) {
      for (const { job, stop } of running)
        if (job.id === id) stop.abort(interruption('The job was cancelled.'))
    },
  }
}

interface Draining extends Working {
  readonly pumps: readonly Promise<void>[]
  readonly running: ReadonlySet<Running>
  readonly settle: { idle(): Promise<void> }
  readonly drainMs: number | undefined
}

/** Lets what is under way finish, interrupts what takes too long, and leaves to the others what cannot be handed back. */
async function drain({ pumps, running, settle, drainMs, times, log }: Draining): Promise<void> {
  const all = Promise.all(pumps)
    .then(() => Promise.all([...running].map(({ ended }) => ended)))
    .then(() => settle.idle())
  if (drainMs === undefined) return all
  if (await inTime(all, drainMs)) return
  log.warn({ jobs: running.size }, 'what still runs is interrupted and handed back')
  for (const { stop } of running) stop.abort(interruption('This process is being stopped.'))
  if (!(await inTime(all, 2 * times.graceMs)))
    log.error({ jobs: running.size }, 'jobs could not be handed back; they are taken back by other workers')
}

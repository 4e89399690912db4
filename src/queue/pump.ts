import type { Db, Tx } from '../database.ts'
import type { Log } from '../log.ts'
import { attempt, type Running } from './attempt.ts'
import { claim, priorityOrders } from './claim.ts'
import type { Verdict } from './endings.ts'
import type { Handler, JobKind } from './job-queue.ts'
import type { JobRow } from './job-row.ts'
import { aborted, doorbell } from './waiting.ts'
import type { Outage } from './outage.ts'
import type { Settler } from './settle.ts'
import type { Times } from './times.ts'

export interface Pump {
  readonly db: Db
  readonly worker: string
  readonly name: string
  readonly kind: JobKind
  readonly handler: Handler<never, Tx>
  readonly ready: (signal: AbortSignal) => Promise<void>
  readonly settle: Settler
  readonly outage: Outage
  readonly times: Times
  readonly log: Log
  /** Calls whenever jobs of the kind may have come. */
  readonly onNews: (hear: () => void) => void
  /** All that is under way in this process, for those who have to know. */
  readonly running: Set<Running>
}

/**
 * Claims and begins the jobs of one kind until the signal aborts. Slots are filled as they become free, so a slow job
 * holds up no other; each claim asks for all free slots at once.
 */
export async function pump(of: Pump, signal: AbortSignal): Promise<void> {
  const { concurrency } = of.kind
  const { pollMs } = of.times
  const nextOrder = priorityOrders()
  const bell = doorbell()
  let busy = 0
  let claimedMs = -Infinity
  let isDry = false
  of.onNews(() => {
    isDry = false
    bell.ring()
  })
  signal.addEventListener('abort', bell.ring, { once: true })
  const begin = (job: JobRow) => {
    busy += 1
    void work(of, job).then((verdict) => {
      busy -= 1
      if ('retryInMs' in verdict && verdict.retryInMs === 0) isDry = false
      bell.ring()
    })
  }
  while (!signal.aborted) {
    const free = concurrency - busy
    // Half of the slots are let go free before the next claim, for a claim costs about the same for one job as for
    // many, and none is made where there was nothing left; but not for longer than we would sleep, or a few slow jobs
    // would hold up all others.
    const isWorthIt = (free >= concurrency / 2 && !isDry) || performance.now() >= claimedMs + pollMs
    if (free > 0 && isWorthIt) {
      isDry = false
      const jobs = await claimWhenReady(of, { most: free, order: nextOrder() }, signal)
      claimedMs = performance.now()
      // News that came meanwhile have rung the bell, and the claim may have missed them.
      isDry = jobs.length < free && !bell.isRung()
      if (signal.aborted) await Promise.all(jobs.map((job) => of.settle(job, { handBackInMs: 0 })))
      else (await withOneSuspect(of, jobs)).forEach(begin)
    }
    const isFull = busy === concurrency
    await bell.rung(isFull ? pollMs : Math.max(1, claimedMs + pollMs - performance.now()))
  }
}

/** Two workers have died with it: it, or what ran beside it. */
const isSuspect = ({ history }: JobRow) => (history?.crashes ?? 0) > 1

/** Long enough for most jobs to end. */
const apartMs = 1_000

/**
 * Of the jobs that a worker held when it died, one has killed it, as a rule, and nobody knows which. After a second
 * death each is done with no other suspect beside it, so that none dies the third time for another's fault.
 */
async function withOneSuspect(
  { running, settle }: Pump,
  jobs: readonly JobRow[],
): Promise<readonly JobRow[]> {
  const suspects = jobs.filter(isSuspect)
  const isOneRunning = [...running].some(({ job }) => isSuspect(job))
  const later = new Set(suspects.slice(isOneRunning ? 0 : 1))
  await Promise.all([...later].map((job, at) => settle(job, { handBackInMs: (at + 1) * apartMs })))
  return jobs.filter((job) => !later.has(job))
}

type Ask = Pick<Parameters<typeof claim>[1], 'most' | 'order'>

async function claimWhenReady(of: Pump, ask: Ask, signal: AbortSignal): Promise<readonly JobRow[]> {
  const { db, name, worker, times, outage, log } = of
  try {
    await of.ready(signal)
    if (signal.aborted) return []
    return await claim(db, { ...ask, kind: name, worker, lostAfterMs: times.lostAfterMs })
  } catch (cause) {
    if (signal.aborted) return []
    const over = outage
      .over(cause)
      .catch(() => log.warn({ err: cause, kind: name }, 'no jobs could be claimed'))
    await Promise.race([over, aborted(signal)])
    return []
  }
}

async function work({ settle, running, ...of }: Pump, job: JobRow): Promise<Verdict> {
  const stop = new AbortController()
  const ended = Promise.withResolvers<void>()
  const one: Running = { job, stop, ended: ended.promise }
  running.add(one)
  const verdict = await attempt(of, job, stop)
  await settle(job, verdict)
  running.delete(one)
  ended.resolve()
  return verdict
}

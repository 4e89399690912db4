import type { JobWithMetadata, PgBoss } from 'pg-boss'
import type { Tx } from '../database.ts'
import { asMagpieError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Handler, JobKind } from './job-queue.ts'
import type { Settler } from './settle.ts'
import type { Wakes } from './wakes.ts'

type Job = JobWithMetadata<object>

interface Pump {
  readonly boss: PgBoss
  readonly name: string
  readonly kind: JobKind
  readonly handler: Handler<never, Tx>
  readonly settle: Settler
  readonly wakes: Wakes
  readonly log: Log
}

/** A notification may be lost with its connection, and a retry is announced by nobody. */
const pollMs = 500

/**
 * Works the jobs of one kind until the signal aborts, then waits for those under way.
 * Slots are filled as they become free, so a slow job holds up no other; each claim asks for all free slots at once.
 */
export async function pump(of: Pump, signal: AbortSignal): Promise<void> {
  const running = new Set<Job>()
  const bell = doorbell()
  of.wakes.on(of.name, bell.ring)
  signal.addEventListener('abort', bell.ring, { once: true })
  const heartbeat = setInterval(() => void beat(of, running), heartbeatMs).unref()
  let claimedMs = -Infinity
  while (!signal.aborted) {
    const free = of.kind.concurrency - running.size
    // Half of the slots are let go free before the next claim, for a claim costs about the same for one job as for
    // many; but not for longer than we would sleep, or a few slow jobs would hold up all others.
    const isWorthIt = free >= of.kind.concurrency / 2 || performance.now() - claimedMs >= pollMs
    const jobs = free > 0 && isWorthIt ? await claim(of, free) : []
    if (isWorthIt) claimedMs = performance.now()
    for (const job of jobs) {
      running.add(job)
      void workOne(of, job).finally(() => {
        running.delete(job)
        bell.ring()
      })
    }
    if (jobs.length < free || running.size >= of.kind.concurrency) await bell.rung(pollMs)
  }
  while (running.size > 0) await bell.rung(pollMs)
  clearInterval(heartbeat)
}

/** Three to a heartbeat's time, so that one may be late. */
const heartbeatMs = 5_000

async function claim({ boss, name, log }: Pump, batchSize: number): Promise<Job[]> {
  try {
    return await boss.fetch<object>(name, { batchSize, includeMetadata: true })
  } catch (cause) {
    log.warn({ err: cause, kind: name }, 'no jobs could be claimed')
    return []
  }
}

async function workOne({ name, handler, settle, log }: Pump, job: Job): Promise<void> {
  const startedMs = performance.now()
  const attempt = { number: job.retryCount + 1, last: job.retryCount >= job.retryLimit }
  const expired = AbortSignal.timeout(job.expireInSeconds * 1000)
  const outcome = await handler(job.data as never, attempt, expired).catch((thrown: unknown) => {
    log.error({ err: thrown, kind: name, job: job.id }, 'a job threw')
    return { failed: asMagpieError(thrown).message }
  })
  await settle(job, outcome)
  log.debug(
    { kind: name, job: job.id, attempt: attempt.number, ms: Math.round(performance.now() - startedMs) },
    'worked',
  )
}

/** Tells the queue that we are alive and still hold these. */
async function beat({ boss, name, log }: Pump, running: ReadonlySet<Job>): Promise<void> {
  if (running.size === 0) return
  const attempts = [...running].map(({ id, retryCount }) => ({ id, retryCount }))
  await boss
    .touch(name, attempts)
    .catch((cause: unknown) => log.warn({ err: cause, kind: name }, 'a heartbeat was missed'))
}

/** Wakes one sleeper; a ring while nobody sleeps is remembered. */
function doorbell() {
  let wasRung = false
  let answer: (() => void) | null = null
  return {
    ring: () => {
      wasRung = true
      answer?.()
    },
    rung: async (atMostMs: number) => {
      if (!wasRung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, atMostMs)
          answer = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      answer = null
      wasRung = false
    },
  }
}

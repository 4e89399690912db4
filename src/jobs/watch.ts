import { AsyncLocalStorage } from 'node:async_hooks'
import { logAbout, logAlso, type Log } from '../log.ts'
import type { Tx } from '../database.ts'
import type { Handler, Handlers, JobError, Outcome, WorkTerms } from '../queue/job-queue.ts'
import { openMetrics, type JobEnd, type Metrics, type TimedStage } from './metrics.ts'
import type { Span, SpanAttributes, Tracing } from './tracing.ts'

/** An attempt under way, as those who watch see it. */
interface Attempting {
  readonly kind: string
  readonly span: Span
  /** Summed up, for a stage may come twice in one walk. */
  readonly seconds: Map<TimedStage, number>
  /** Whether it has been counted what became of its image: a transaction may be tried again. */
  isCounted: boolean
}

/**
 * Watches jobs from outside: the walks are given watched functions in place of their own, and know nothing of it. What
 * is done for no job is done unwatched.
 */
export interface Watch {
  readonly metrics: Metrics
  readonly tracing: Tracing
  /** The same handlers; each attempt is counted, timed, logged and traced. */
  handlers<Jobs extends object>(handlers: Handlers<Jobs, Tx>): Handlers<Jobs, Tx>
  /** The same terms; jobs that the queue gives up are counted. */
  terms<Jobs extends object>(terms: WorkTerms<Jobs, Tx>): WorkTerms<Jobs, Tx>
  /** The same function as a stage of whatever job calls it. */
  stage<A extends unknown[], R>(
    stage: TimedStage,
    go: (...args: A) => R,
    attributes?: (...args: A) => SpanAttributes,
  ): (...args: A) => R
  /** Adds time to a stage of the job under way. */
  add(stage: TimedStage, seconds: number): void
  /** Says what has been found out about the job under way, to its span and its log. */
  learn(fields: { readonly log: Readonly<Record<string, unknown>>; readonly span: SpanAttributes }): void
  /** Counts what became of an image, once for each attempt. */
  countImage(outcome: string, code: string): void
}

/** Opens the eyes of one Magpie, with metrics of its own. */
export function openWatch(tracing: Tracing, log: Log): Watch {
  const metrics = openMetrics()
  const under = new AsyncLocalStorage<Attempting>()
  const means: Means = { metrics, tracing, log, under }
  const add = (stage: TimedStage, seconds: number) => addTo(under.getStore(), stage, seconds)
  return {
    metrics,
    tracing,
    handlers: (handlers) =>
      eachKind(handlers, (kind, handler: Handler<object, Tx>) => watched(kind, handler, means)),
    terms: (terms) =>
      terms.abandoned
        ? {
            ...terms,
            abandoned: eachKind(terms.abandoned, (kind, tell: Abandoned) => counted(kind, tell, metrics)),
          }
        : terms,
    stage:
      (stage, go, attributes) =>
      (...args) =>
        under.getStore()
          ? tracing.span({ name: stage, attributes: () => attributes?.(...args) ?? {} }, () =>
              timed(
                () => go(...args),
                (seconds) => add(stage, seconds),
              ),
            )
          : go(...args),
    add,
    learn: ({ log: fields, span }) => {
      under.getStore()?.span.set(span)
      logAlso(fields)
    },
    countImage(outcome, code) {
      const attempting = under.getStore()
      if (!attempting?.isCounted) metrics.images.inc({ outcome, code })
      if (attempting) attempting.isCounted = true
    },
  }
}

type Abandoned = (tx: Tx, args: never, error: JobError) => Promise<void>

const counted =
  (kind: string, tell: Abandoned, { jobsEnded }: Metrics): Abandoned =>
  async (tx, args, error) => {
    await tell(tx, args, error)
    jobsEnded.inc({ kind, outcome: 'dead', code: error.code })
  }

/** The same functions by kind of job, each put through something. */
const eachKind = <T extends object, F>(all: T, change: (kind: string, one: F) => F): T =>
  Object.fromEntries(Object.entries(all).map(([kind, one]) => [kind, change(kind, one as F)])) as unknown as T

interface Means {
  readonly metrics: Metrics
  readonly tracing: Tracing
  readonly log: Log
  readonly under: AsyncLocalStorage<Attempting>
}

function addTo(attempting: Attempting | undefined, stage: TimedStage, seconds: number): void {
  attempting?.seconds.set(stage, (attempting.seconds.get(stage) ?? 0) + seconds)
}

/** Does something, at once or in time, and tells how long it took, however it ends. */
export function timed<T>(go: () => T, tell: (seconds: number) => void): T {
  const since = performance.now()
  const end = () => tell((performance.now() - since) / 1000)
  try {
    const result = go()
    if (result instanceof Promise) return result.finally(end) as T
    end()
    return result
  } catch (thrown) {
    end()
    throw thrown
  }
}

function watched<Args extends object>(
  kind: string,
  handler: Handler<Args, Tx>,
  means: Means,
): Handler<Args, Tx> {
  const { metrics, tracing, under } = means
  return (args, attempt, signal) => {
    const attributes = () => ({
      ...{ 'magpie.job.kind': kind, 'magpie.job.attempt': attempt.number },
      ...subjectOf(args),
    })
    return tracing.span({ name: kind, kind: 'consumer', attributes }, (span) => {
      const attempting: Attempting = { kind, span, seconds: new Map(), isCounted: false }
      const { traceId } = span
      const go = () =>
        under.run(attempting, () => attemptOnce(attempting, () => handler(args, attempt, signal), means))
      metrics.jobsRunning.inc({ kind })
      return (traceId ? logAbout({ traceId }, go) : go()).finally(() => metrics.jobsRunning.dec({ kind }))
    })
  }
}

async function attemptOnce(
  attempting: Attempting,
  go: () => Promise<Outcome<Tx>>,
  { metrics, tracing, log }: Means,
): Promise<Outcome<Tx>> {
  const { kind, span, seconds } = attempting
  const since = performance.now()
  const outcome = await go()
  const tookS = (performance.now() - since) / 1000
  const { end, code } = endOf(outcome)
  metrics.jobSeconds.observe({ kind }, tookS)
  metrics.jobsEnded.inc({ kind, outcome: end, code })
  for (const [stage, took] of seconds) metrics.stageSeconds.observe({ kind, stage }, took)
  span.set({ 'magpie.outcome': end, 'magpie.code': code || null })
  if (end === 'retried' || end === 'dead' || end === 'cancelled') span.failed(code)
  log.debug({ outcome: end, ...(code && { code }), ms: Math.round(tookS * 1000) }, 'an attempt ended')
  const { record } = outcome
  if (!record) return outcome
  const recorded = (tx: Tx) =>
    tracing.span({ name: 'record' }, () =>
      timed(
        () => record(tx),
        (took) => metrics.stageSeconds.observe({ kind, stage: 'record' }, took),
      ),
    )
  // The queue records the outcomes of many jobs in one go; each is to be seen as its own job's.
  return { ...outcome, record: AsyncLocalStorage.bind(recorded) }
}

/** An outcome in a word, with the code of what went wrong. */
function endOf(outcome: Outcome<Tx>): { readonly end: JobEnd; readonly code: string } {
  if ('done' in outcome) return { end: 'completed', code: '' }
  if ('snoozeMs' in outcome) return { end: 'snoozed', code: outcome.code ?? '' }
  if ('cancel' in outcome) return { end: 'cancelled', code: outcome.code ?? '' }
  return { end: outcome.retryInMs === null ? 'dead' : 'retried', code: outcome.failed.code }
}

/** The ids among a job's arguments, by the names that spans give them. */
function subjectOf(args: object): SpanAttributes {
  const { itemId, imageId, catalog } = args as Readonly<Record<string, string | undefined>>
  return { 'magpie.item.id': itemId, 'magpie.image.id': imageId, 'magpie.catalog': catalog }
}

import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import { isDatabaseAway } from '../../database.ts'
import type { Magpie } from '../../jobs/magpie.ts'
import { earliest, queueStatuses } from '../../jobs/status.ts'
import {
  settingSources,
  withMagpie,
  type CliContext,
  type GlobalOptions,
  type SettingSources,
} from '../context.ts'
import { moment } from '../moments.ts'
import { count } from '../table.ts'
import { tellingPauses } from '../tell-pauses.ts'
import { port } from './serve.ts'

interface Options extends GlobalOptions {
  readonly untilIdle?: boolean
  readonly metricsPort?: number
}

/** `magpie work`: workers only. */
export const workCommand = (context: CliContext, report: (exitCode: number) => void): Command =>
  new Command('work')
    .description(
      'Work the queue until asked to stop; over one PostgreSQL as many processes and machines as you like',
    )
    .option('--until-idle', 'stop when nothing is under way and nothing is due within a minute')
    .option(
      '--metrics-port <n>',
      'answer /metrics, /healthz and /readyz at this port; 0 takes a free one',
      port,
    )
    .addHelpText('after', '\nExample:\n  $ DATABASE_URL=postgres://… magpie work')
    .action(async (options: Options) => report(await work(context, options)))

async function work(context: CliContext, options: Options): Promise<number> {
  const sources = sourcesOf(options)
  return withMagpie(context, sources, async (magpie) => {
    const metrics = await context.serveMetrics(magpie, sources)
    if (metrics) context.err(`magpie tells how it does at ${metrics.url}/metrics\n`)
    const stop = new AbortController()
    const ending = AbortSignal.any([stop.signal, context.ending])
    const working = tellingPauses(context, magpie, magpie.work(ending)).finally(() => stop.abort())
    context.err('magpie works; Ctrl-C lets it finish what is under way and stops it.\n')
    const idle = options.untilIdle && untilIdle(context, magpie, ending).finally(() => stop.abort())
    try {
      await Promise.all([working, idle])
    } finally {
      await working.catch(() => undefined)
      await metrics?.close()
    }
    return 0
  })
}

function sourcesOf({ metricsPort, ...options }: Options): SettingSources {
  const sources = settingSources(options, false)
  if (metricsPort === undefined) return sources
  return { ...sources, overrides: { ...sources.overrides, METRICS_PORT: String(metricsPort) } }
}

/** What is due sooner than this is waited for; what is tried again in hours is left to the next run. */
const soonMs = 60_000
const lookEveryMs = 250

/** Resolves when nothing is under way or due soon, having said what waits for later; or when the signal aborts. */
async function untilIdle(context: CliContext, { queue }: Magpie, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const counts = await queue.counts().catch(nullIfAway)
    const queues = counts && queueStatuses(counts)
    if (queues?.every(({ states, dueSince }) => !states.active && dueSince === null)) {
      const next = earliest(queues.map(({ nextDueAt }) => nextDueAt))
      const waiting = queues.reduce((sum, { depth }) => sum + depth, 0)
      if (next === null) return
      if (next.getTime() - Date.now() > soonMs) {
        const are = waiting === 1 ? 'waits' : 'wait'
        return context.err(`${count(waiting, 'job')} ${are} for later, the first until ${moment(next)}.\n`)
      }
    }
    await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined)
  }
}

function nullIfAway(cause: unknown): null {
  if (isDatabaseAway(cause)) return null
  throw cause
}

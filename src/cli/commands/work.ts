import { Command } from 'commander'
import { settingSources, type CliContext, type GlobalOptions, type SettingSources } from '../context.ts'
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
    .option('--until-idle', 'stop when nothing is left to do')
    .option(
      '--metrics-port <n>',
      'answer /metrics, /healthz and /readyz at this port; 0 takes a free one',
      port,
    )
    .addHelpText('after', '\nExample:\n  $ DATABASE_URL=postgres://… magpie work')
    .action(async (options: Options) => report(await work(context, options)))

async function work(context: CliContext, options: Options): Promise<number> {
  const sources = sourcesOf(options)
  const magpie = await context.open(sources)
  const stop = new AbortController()
  try {
    const metrics = await context.serveMetrics(magpie, sources)
    if (metrics) context.err(`magpie tells how it does at ${metrics.url}/metrics\n`)
    const working = magpie.work(AbortSignal.any([stop.signal, context.ending]))
    context.err('magpie works; Ctrl-C lets it finish what is under way and stops it.\n')
    if (options.untilIdle) {
      while (!context.ending.aborted && (await unfinished(magpie)) > 0)
        await new Promise((resolve) => setTimeout(resolve, 250))
      stop.abort()
    }
    await working.finally(() => metrics?.close())
  } finally {
    await magpie.close()
  }
  return 0
}

function sourcesOf({ metricsPort, ...options }: Options): SettingSources {
  const sources = settingSources(options, false)
  if (metricsPort === undefined) return sources
  return { ...sources, overrides: { ...sources.overrides, METRICS_PORT: String(metricsPort) } }
}

async function unfinished(magpie: Awaited<ReturnType<CliContext['open']>>): Promise<number> {
  const counts = await magpie.queue.counts()
  return counts
    .filter(({ state }) => ['created', 'retry', 'active'].includes(state))
    .reduce((sum, { count }) => sum + count, 0)
}

import { Command } from 'commander'
import { settingSources, type CliContext, type GlobalOptions } from '../context.ts'

/** `magpie work`: workers only. */
export const workCommand = (context: CliContext, report: (exitCode: number) => void): Command =>
  new Command('work')
    .description(
      'Work the queue until asked to stop; over one PostgreSQL as many processes and machines as you like',
    )
    .option('--until-idle', 'stop when nothing is left to do')
    .addHelpText('after', '\nExample:\n  $ DATABASE_URL=postgres://… magpie work')
    .action(async (options: GlobalOptions & { untilIdle?: boolean }) => report(await work(context, options)))

async function work(context: CliContext, options: GlobalOptions & { untilIdle?: boolean }): Promise<number> {
  const magpie = await context.open(settingSources(options, false))
  const stop = new AbortController()
  try {
    const working = magpie.work(AbortSignal.any([stop.signal, context.ending]))
    context.err('magpie works; Ctrl-C lets it finish what is under way and stops it.\n')
    if (options.untilIdle) {
      while (!context.ending.aborted && (await unfinished(magpie)) > 0)
        await new Promise((resolve) => setTimeout(resolve, 250))
      stop.abort()
    }
    await working
  } finally {
    await magpie.close()
  }
  return 0
}

async function unfinished(magpie: Awaited<ReturnType<CliContext['open']>>): Promise<number> {
  const counts = await magpie.queue.counts()
  return counts
    .filter(({ state }) => ['created', 'retry', 'active'].includes(state))
    .reduce((sum, { count }) => sum + count, 0)
}

import { Command } from 'commander'
import type { Schedule } from '../../queue/job-queue.ts'
import { readingSources, withMagpie, type CliContext, type GlobalOptions } from '../context.ts'
import { moment, momentOr } from '../moments.ts'
import { table } from '../table.ts'

interface Options extends GlobalOptions {
  readonly json?: boolean
}

/** `magpie schedules`: what comes by the clock. */
export const schedulesCommand = (context: CliContext, report: (exitCode: number) => void): Command =>
  new Command('schedules')
    .description('List what comes by the clock; a catalogue’s settings say what does')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  $ magpie schedules')
    .action(async (options: Options) => report(await list(context, options)))

const list = (context: CliContext, options: Options): Promise<number> =>
  withMagpie(context, readingSources(options), async (magpie) => {
    const schedules = await magpie.queue.schedules.list()
    if (options.json) context.out(JSON.stringify({ schedules }))
    else if (schedules.length > 0) context.out(schedulesAsTable(schedules))
    else context.out('Nothing comes by the clock. A catalogue’s schedules do: magpie catalog apply FILE')
    return 0
  })

/** Schedules, a line each. */
export const schedulesAsTable = (schedules: readonly Schedule[]): string =>
  table(
    ['schedule', 'cron', 'time zone', 'last run', 'next run'],
    schedules.map(({ name, cron, timeZone, lastRunAt, nextRunAt }) => [
      ...[name, cron, timeZone, momentOr(lastRunAt), moment(nextRunAt)],
    ]),
  )

import { Command } from 'commander'
import { readStatus } from '../../jobs/status.ts'
import { readingSources, withMagpie, type CliContext, type GlobalOptions } from '../context.ts'
import { statusAsText } from '../status-text.ts'

interface Options extends GlobalOptions {
  readonly json?: boolean
}

/** `magpie status`: what there is, what waits, who works, what failed and why. */
export const statusCommand = (context: CliContext, report: (exitCode: number) => void): Command =>
  new Command('status')
    .description(
      'Count items and images by state; queues, hosts that are held up, workers, schedules, failures by reason',
    )
    .argument('[catalog]', 'only this catalogue')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  $ magpie status --json')
    .action(async (catalog: string | undefined, options: Options) =>
      report(await status(context, catalog, options)),
    )

const status = (context: CliContext, only: string | undefined, options: Options): Promise<number> =>
  withMagpie(context, readingSources(options), async (magpie) => {
    const { traffic: _, ...found } = await readStatus(magpie, only)
    context.out(options.json ? JSON.stringify(found) : statusAsText(found, only))
    return 0
  })

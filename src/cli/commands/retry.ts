import { Command } from 'commander'
import type { ErrorCode } from '../../errors.ts'
import { settingSources, withMagpie, type CliContext, type GlobalOptions } from '../context.ts'
import { asSentence, followWork } from '../follow.ts'
import { code, whole } from '../options.ts'
import { count } from '../table.ts'

interface Options extends GlobalOptions {
  readonly reason?: ErrorCode
  readonly limit: number
  readonly dryRun?: boolean
  readonly wait?: boolean
  readonly json?: boolean
}

const most = 10_000

/** `magpie retry`: ask again for what could not be had. */
export const retryCommand = (context: CliContext, report: (exitCode: number) => void): Command =>
  new Command('retry')
    .description(
      'Have what a catalogue could not have asked for again: failed images, unread pages, dead letters',
    )
    .argument('<catalog>', 'the catalogue')
    .option('--reason <code>', 'only what failed with this code; magpie status has them', code)
    .option('--limit <n>', 'at most so many, the oldest failures first', whole(1, most), most)
    .option('--dry-run', 'say what would be asked for, and change nothing')
    .option('--wait', 'work in this process until that is done')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  $ magpie retry jeans --reason fetch_timeout --wait')
    .action(async (catalog: string, options: Options) => report(await retry(context, catalog, options)))

const retry = (context: CliContext, catalog: string, options: Options): Promise<number> =>
  withMagpie(context, settingSources(options, true), async (magpie) => {
    const { reason, limit, dryRun = false } = options
    const since = await magpie.items.now()
    const { images, items, itemIds } = await magpie.retry({
      ...{ catalog, limit, dryRun },
      ...(reason && { code: reason }),
    })
    const said = `${count(images, 'failed image')} and ${count(items, 'unread item')}`
    if (dryRun || !options.wait || itemIds.length === 0) {
      const text = dryRun
        ? `Would ask again for ${said}.`
        : `${said} to be asked for again${hint(images + items)}.`
      context.out(options.json ? JSON.stringify({ dryRun, images, items }) : text)
      return 0
    }
    const progress = await followWork(context, magpie, { which: { retried: itemIds }, since, called: 'item' })
    context.out(options.json ? JSON.stringify({ dryRun, images, items, progress }) : asSentence(progress))
    const { finished, unreadable, images: became } = progress
    return finished >= progress.items && unreadable === 0 && (became['failed'] ?? 0) === 0 ? 0 : 1
  })

/** Who does what there is to be done. */
export const hint = (many: number) => (many > 0 ? '; "magpie work" does it' : '')

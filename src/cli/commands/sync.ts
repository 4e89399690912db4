import { Command } from 'commander'
import { findItem } from '../../jobs/find-item.ts'
import { settingSources, withMagpie, type CliContext, type GlobalOptions } from '../context.ts'
import { asSentence, followWork } from '../follow.ts'
import { whole } from '../options.ts'
import { count } from '../table.ts'

interface Options extends GlobalOptions {
  readonly item?: string
  readonly limit?: number
  readonly wait?: boolean
  readonly json?: boolean
}

/** `magpie sync`: read a catalogue's sources again. */
export const syncCommand = (context: CliContext, report: (exitCode: number) => void): Command =>
  new Command('sync')
    .description('Have the sources of a catalogue’s items read again, and their pictures with them')
    .argument('<catalog>', 'the catalogue')
    .option('--item <id>', 'only this item, by its id or the catalogue’s own key')
    .option('--limit <n>', 'only the first so many items', whole(1, 1_000_000))
    .option('--wait', 'work in this process until that is done')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  $ magpie sync jeans --limit 100 --wait')
    .action(async (catalog: string, options: Options) => report(await sync(context, catalog, options)))

const sync = (context: CliContext, catalog: string, options: Options): Promise<number> =>
  withMagpie(context, settingSources(options, true), async (magpie) => {
    await magpie.catalogs.get(catalog)
    const since = await magpie.items.now()
    const { items, itemIds } = await magpie.sync({
      catalog,
      ...(options.item !== undefined && { item: (await findItem(magpie, catalog, options.item)).item.id }),
      ...(options.limit !== undefined && { limit: options.limit }),
    })
    if (!options.wait || items === 0) {
      const next = items === 0 ? 'there are none in it' : '"magpie work" does it'
      context.out(
        options.json ? JSON.stringify({ items }) : `${count(items, 'item')} to be read again; ${next}.`,
      )
      return 0
    }
    const which = itemIds ?? { catalog }
    const progress = await followWork(context, magpie, { which, since, called: 'item' })
    context.out(options.json ? JSON.stringify({ items, progress }) : asSentence(progress))
    return progress.finished >= progress.items && progress.unreadable === 0 ? 0 : 1
  })

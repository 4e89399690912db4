import { Command } from 'commander'
import { MagpieError } from '../../errors.ts'
import { asCatalogFile, readCatalogFile } from '../catalog-file.ts'
import {
  readingSources,
  settingSources,
  withMagpie,
  type CliContext,
  type GlobalOptions,
} from '../context.ts'
import { optionsOf } from '../options.ts'
import { bytes, count, table } from '../table.ts'

interface Options extends GlobalOptions {
  readonly json?: boolean
  readonly dryRun?: boolean
}

type Report = (exitCode: number) => void

/** `magpie catalog`: the catalogues and their settings. */
export const catalogCommand = (context: CliContext, report: Report): Command =>
  new Command('catalog')
    .description('Set, list, show and remove catalogues')
    .addHelpText('after', '\nExample:\n  $ magpie catalog apply jeans.yaml')
    .addCommand(
      jsonly(
        'apply',
        'Set a catalogue as a file has it, in YAML or JSON; what the file leaves out has its default',
      )
        .argument('<file>', 'the file, with one catalogue')
        .addHelpText('after', '\nExample:\n  $ magpie catalog apply examples/catalog.yaml')
        .action(async (file: string, _: unknown, command: Command) =>
          report(await apply(context, file, optionsOf(command))),
        ),
    )
    .addCommand(
      jsonly('list', 'List the catalogues')
        .addHelpText('after', '\nExample:\n  $ magpie catalog list')
        .action(async (_: unknown, command: Command) => report(await list(context, optionsOf(command)))),
    )
    .addCommand(
      jsonly('show', 'Show all settings of a catalogue, as a file that can be applied')
        .argument('<name>', 'the catalogue')
        .addHelpText('after', '\nExample:\n  $ magpie catalog show jeans > jeans.yaml')
        .action(async (name: string, _: unknown, command: Command) =>
          report(await show(context, name, optionsOf(command))),
        ),
    )
    .addCommand(
      jsonly('remove', 'Remove a catalogue with all its items and images; the sweep takes the bytes')
        .argument('<name>', 'the catalogue')
        .option('--dry-run', 'say what would be removed, and remove nothing')
        .addHelpText('after', '\nExample:\n  $ magpie catalog remove jeans --dry-run')
        .action(async (name: string, _: unknown, command: Command) =>
          report(await remove(context, name, optionsOf(command))),
        ),
    )

const jsonly = (name: string, description: string): Command =>
  new Command(name).description(description).option('--json', 'print one JSON object')

async function apply(context: CliContext, file: string, options: Options): Promise<number> {
  const { name, settings } = await readCatalogFile(file)
  return withMagpie(context, settingSources(options, true), async (magpie) => {
    const { catalog, isNew, changed } = await magpie.saveCatalog(name, settings)
    const what = isNew
      ? 'is made'
      : changed.length > 0
        ? `is changed: ${changed.join(', ')}`
        : 'is as it was, nothing changed'
    context.out(
      options.json ? JSON.stringify({ catalog, isNew, changed }) : `The catalogue "${name}" ${what}.`,
    )
    return 0
  })
}

const list = (context: CliContext, options: Options): Promise<number> =>
  withMagpie(context, readingSources(options), async (magpie) => {
    const catalogs = await magpie.catalogs.list()
    if (options.json) context.out(JSON.stringify({ catalogs }))
    else if (catalogs.length === 0)
      context.out('There are no catalogues yet. Make one with: magpie catalog apply FILE')
    else
      context.out(
        table(
          ['catalogue', 'items', 'store', 'policy', 'synced'],
          catalogs.map(({ name, itemKind, store, policy, schedules: { sync } }) => [
            ...[name, itemKind, store, policy.preset],
            sync ? `${sync.cron} (${sync.timeZone})` : 'by hand',
          ]),
        ),
      )
    return 0
  })

const show = (context: CliContext, name: string, options: Options): Promise<number> =>
  withMagpie(context, readingSources(options), async (magpie) => {
    const catalog = await magpie.catalogs.get(name)
    context.out(options.json ? JSON.stringify(catalog) : asCatalogFile(catalog))
    return 0
  })

const remove = (
  context: CliContext,
  name: string,
  { dryRun = false, ...options }: Options,
): Promise<number> =>
  withMagpie(context, settingSources(options, true), async (magpie) => {
    const there = (await magpie.stats.catalogs()).find(({ catalog }) => catalog === name)
    if (!there) throw new MagpieError('catalog_not_found', `There is no catalogue "${name}".`)
    if (!dryRun) await magpie.removeCatalog(name)
    const images = Object.values(there.images).reduce((sum, many) => sum + many, 0)
    if (options.json) context.out(JSON.stringify({ dryRun, catalog: name, items: there.items, images }))
    else
      context.out(
        `${dryRun ? 'Would remove' : 'Removed'} the catalogue "${name}" with ${count(there.items, 'item')} and ` +
          `${count(images, 'image')}; magpie sweep takes what bytes nobody else uses, ${bytes(there.byteSize)} at most.`,
      )
    return 0
  })

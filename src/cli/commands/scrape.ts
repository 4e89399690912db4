import { Command } from 'commander'
import type { ItemId } from '../../catalog/ids.ts'
import type { Magpie } from '../../jobs/magpie.ts'
import { complain } from '../complain.ts'
import { settingSources, withMagpie, type CliContext, type GlobalOptions } from '../context.ts'
import { dryRun } from '../dry-run.ts'
import { followWork } from '../follow.ts'
import { between, whole } from '../options.ts'
import { readTarget, type Target } from '../target.ts'
import { exportTo } from '../export.ts'
import { printItem, printTraffic, scrapedItem, type ScrapedItem } from '../report.ts'

interface Options extends GlobalOptions {
  readonly base?: string
  readonly json?: boolean
  readonly maxImages?: number
  readonly minScore?: number
  readonly to?: string
  readonly dryRun?: boolean
  readonly catalog: string
}

/** `magpie scrape`: find, fetch, judge, keep. */
export const scrapeCommand = (context: CliContext, report: (exitCode: number) => void): Command =>
  new Command('scrape')
    .description(
      'Find the pictures on pages, fetch, judge and keep them; prints a table with facts and reasons',
    )
    .argument('<url|file...>', 'addresses of pages, or saved HTML files')
    .option('--base <url>', 'the address that a file argument is from')
    .option('--json', 'print one JSON object a page')
    .option('--max-images <n>', 'keep at most so many images a page', whole(1, 10_000))
    .option('--min-score <n>', 'keep images that score at least so high, 0 to 100', between(0, 100))
    .option('--to <dir>', 'also write the kept pictures into this folder, without private metadata')
    .option('--dry-run', 'show what would be fetched, and fetch nothing but the page')
    .option('--render', 'have a browser render the pages first, where their catalogue does not say otherwise')
    .option('--catalog <name>', 'the catalogue that the pages become items of', 'pages')
    .addHelpText('after', '\nExample:\n  $ magpie scrape https://shop.example/jeans/42 --max-images 10')
    .action(async (targets: string[], options: Options) => report(await scrape(context, targets, options)))

async function scrape(context: CliContext, given: readonly string[], options: Options): Promise<number> {
  const targets = await Promise.all(given.map((argument) => readTarget(argument, options.base)))
  if (options.dryRun) return dryRun(context, targets, options)
  return withMagpie(context, settingSources(options, true), async (magpie) => {
    const { items, refused, isFinished } = await scrapeAll(context, magpie, targets, options)
    for (const item of items) {
      if (options.json) context.out(JSON.stringify(item))
      else printItem(context, item, options.verbose ?? false)
    }
    if (options.to) await exportTo(context, magpie, items, options.to)
    // Of a page that could not be read nobody knows what is on it.
    const isWhole = items.every(({ error, images }) => error === null && images.length > 0)
    const isHere = refused === 0 && isFinished && isWhole
    if (!options.json) printTraffic(context, magpie.traffic, isHere)
    return isHere ? 0 : 1
  })
}

/** Phase one for every page, phase two in the same process, then what came of it. */
async function scrapeAll(
  context: CliContext,
  magpie: Magpie,
  targets: readonly Target[],
  options: Options,
): Promise<{ items: readonly ScrapedItem[]; refused: number; isFinished: boolean }> {
  const keep = {
    ...(options.maxImages !== undefined && { maxImages: options.maxImages }),
    ...(options.minScore !== undefined && { minScore: options.minScore }),
  }
  const since = await magpie.items.now()
  const ids = new Set<ItemId>()
  let refused = 0
  for (const target of targets) {
    try {
      ids.add(await magpie.scrape({ ...target, catalog: options.catalog, keep }))
    } catch (thrown) {
      // One page that cannot be read does not keep us from the others.
      complain(context, thrown, options.verbose ?? false)
      refused += 1
    }
  }
  const progress = await followWork(context, magpie, { which: [...ids], since, called: 'page' })
  const items = await Promise.all([...ids].map((id) => scrapedItem(magpie, id)))
  return { items, refused, isFinished: progress.finished >= progress.items }
}

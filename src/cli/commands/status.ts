import { Command } from 'commander'
import { MagpieError } from '../../errors.ts'
import { settingSources, type CliContext, type GlobalOptions } from '../context.ts'
import { bytes, table } from '../table.ts'

interface Options extends GlobalOptions {
  readonly json?: boolean
}

/** `magpie status`: what there is, what waits, what failed and why. */
export const statusCommand = (context: CliContext, report: (exitCode: number) => void): Command =>
  new Command('status')
    .description('Count items and images by state, jobs in the queue, and failures by reason')
    .argument('[catalog]', 'only this catalogue')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  $ magpie status --json')
    .action(async (catalog: string | undefined, options: Options) =>
      report(await status(context, catalog, options)),
    )

async function status(context: CliContext, only: string | undefined, options: Options): Promise<number> {
  const magpie = await context.open(settingSources(options, true))
  try {
    const ofThis = ({ catalog }: { catalog: string }) => only === undefined || catalog === only
    const catalogs = (await magpie.stats.catalogs()).filter(ofThis)
    if (only !== undefined && catalogs.length === 0)
      throw new MagpieError('catalog_not_found', `There is no catalogue "${only}".`)
    const failures = (await magpie.stats.failures()).filter(ofThis)
    const jobs = await magpie.queue.counts()
    if (options.json) context.out(JSON.stringify({ catalogs, failures, jobs }))
    else print(context, { catalogs, failures, jobs })
  } finally {
    await magpie.close()
  }
  return 0
}

type Magpie = Awaited<ReturnType<CliContext['open']>>
interface Status {
  readonly catalogs: Awaited<ReturnType<Magpie['stats']['catalogs']>>
  readonly failures: Awaited<ReturnType<Magpie['stats']['failures']>>
  readonly jobs: Awaited<ReturnType<Magpie['queue']['counts']>>
}

function print({ out }: CliContext, { catalogs, failures, jobs }: Status): void {
  if (catalogs.length === 0) return out('There is nothing here yet. Begin with: magpie scrape URL')
  const heads = [
    'catalogue',
    'items',
    'pending',
    'ready',
    'stale',
    'rejected',
    'failed',
    'gone',
    'score',
    'bytes',
  ]
  const rows = catalogs.map(({ catalog, items, images, averageScore, byteSize }) => [
    ...[
      catalog,
      items,
      images.pending,
      images.ready,
      images.stale,
      images.rejected,
      images.failed,
      images.gone,
    ].map(String),
    averageScore?.toFixed(1) ?? '–',
    bytes(byteSize),
  ])
  out(table(heads, rows))
  const open = jobs.filter(({ state }) => state !== 'completed')
  if (open.length > 0)
    out(
      `\n${table(
        ['job', 'state', 'count'],
        open.map(({ kind, state, count }) => [kind, state, String(count)]),
      )}`,
    )
  const reasons = failures.map(({ catalog, stage, code, count }) => [catalog, stage, code, String(count)])
  if (reasons.length > 0) out(`\n${table(['failed in', 'stage', 'reason', 'count'], reasons)}`)
}

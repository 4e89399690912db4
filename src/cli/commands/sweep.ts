import { Command, InvalidArgumentError, Option } from 'commander'
import { settingSources, type CliContext, type GlobalOptions } from '../context.ts'
import { bytes, count } from '../table.ts'

interface Options extends GlobalOptions {
  readonly dryRun?: boolean
  readonly grace: number
  readonly maxShare: number
  readonly json?: boolean
}

const hour = 3_600_000

/** `magpie sweep`: remove what nothing names. */
export const sweepCommand = (context: CliContext, report: (exitCode: number) => void): Command =>
  new Command('sweep')
    .description('Remove what nothing names: images long gone, originals without images, blobs without rows')
    .option('--dry-run', 'say what would be removed, and remove nothing')
    .addOption(
      new Option(
        '--grace <time>',
        'spare what was in use so recently, as 90m, 24h or 7d; not below 15m while workers run',
      )
        .argParser(duration)
        .default(24 * hour, '24h'),
    )
    .option(
      '--max-share <share>',
      'stop if more than this share of all originals would go, 0 to 1',
      share,
      0.3,
    )
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  $ magpie sweep --dry-run --grace 24h')
    .action(async (options: Options) => report(await sweep(context, options)))

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: hour, d: 24 * hour }

function duration(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text.trim()) ?? []
  if (amount !== undefined && unit !== undefined) return Number(amount) * units[unit]!
  throw new InvalidArgumentError('It must be a number with s, m, h or d, as 24h.')
}

function share(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 1) return value
  throw new InvalidArgumentError('It must be a number from 0 to 1.')
}

async function sweep(context: CliContext, options: Options): Promise<number> {
  const magpie = await context.open(settingSources(options, true))
  try {
    const dryRun = options.dryRun ?? false
    const swept = await magpie.sweep({ graceMs: options.grace, dryRun, maxShare: options.maxShare })
    if (options.json) context.out(JSON.stringify({ dryRun, ...swept }))
    else
      context.out(
        `${dryRun ? 'Would remove' : 'Removed'} ${count(swept.goneImages, 'image')} long gone, ` +
          `${count(swept.assets, 'original')} without images, ${count(swept.unknownBlobs, 'unknown blob')}: ${bytes(swept.byteSize)}.`,
      )
  } finally {
    await magpie.close()
  }
  return 0
}

import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { Command, Option } from 'commander'
import type { ItemKind } from '../../catalog/catalog.ts'
import { MagpieError } from '../../errors.ts'
import type { ScoredPicture } from '../../jobs/score-picture.ts'
import { complain } from '../complain.ts'
import { settingSources, type CliContext, type GlobalOptions } from '../context.ts'
import { table } from '../table.ts'

interface Options extends GlobalOptions {
  readonly alt?: string
  readonly kind: ItemKind
  readonly json?: boolean
}

/** `magpie score`: what a picture is worth, and why. */
export const scoreCommand = (context: CliContext, report: (exitCode: number) => void): Command =>
  new Command('score')
    .description('Say what pictures are worth and why: the parts of the score, each with what was measured')
    .argument('<file...>', 'picture files')
    .option('--alt <words>', 'the alternative text that a page would give it')
    .addOption(
      new Option('--kind <kind>', 'what the pictures are of')
        .choices(['product', 'vehicle', 'property', 'campaign', 'other'])
        .default('product'),
    )
    .option('--json', 'print one JSON object a picture')
    .addHelpText('after', '\nExample:\n  $ magpie score photo.jpg --kind vehicle')
    .action(async (files: string[], options: Options) => report(await score(context, files, options)))

async function score(context: CliContext, files: readonly string[], options: Options): Promise<number> {
  const scoring = context.openScoring(settingSources(options, true))
  let failed = 0
  try {
    for (const file of files) {
      try {
        const bytes = await readPicture(file)
        const picture = {
          bytes,
          name: path.basename(file),
          altText: options.alt ?? null,
          itemKind: options.kind,
        }
        const scored = await scoring.score(picture, context.ending)
        context.out(options.json ? JSON.stringify(asJson(file, scored)) : asText(file, scored))
      } catch (thrown) {
        // One picture that cannot be read does not keep us from the others.
        complain(context, ofFile(file, thrown), options.verbose ?? false)
        failed += 1
      }
    }
  } finally {
    await scoring.close()
  }
  return failed > 0 ? 1 : 0
}

/** What went wrong with a picture, which has no address but its file. */
function ofFile(file: string, thrown: unknown): unknown {
  if (!(thrown instanceof MagpieError) || thrown.message.includes(file)) return thrown
  return new MagpieError(thrown.code, `${file}: ${thrown.message}`, {
    remedy: 'Give a whole JPEG, PNG, WebP, GIF or AVIF file.',
    cause: thrown,
  })
}

async function readPicture(file: string): Promise<Uint8Array> {
  const found = await stat(file).catch(() => null)
  if (!found) throw new MagpieError('file_not_found', `There is no file "${file}".`)
  if (!found.isFile()) throw new MagpieError('input_invalid', `${file} is not a file.`)
  return readFile(file)
}

const asJson = (file: string, { facts, verdict, parts }: ScoredPicture) => ({
  file,
  ...(verdict.accepted
    ? { score: verdict.score, kind: verdict.kind, parts, reasons: verdict.reasons }
    : { refused: verdict.reason, why: verdict.detail }),
  facts,
})

function asText(file: string, { facts, verdict, parts }: ScoredPicture): string {
  const { width, height } = facts.bounds
  const what = `\n${file}\n${facts.mediaType}, ${width}×${height}`
  if (!verdict.accepted) return `${what}\nrefused: ${verdict.reason}: ${verdict.detail}`
  const rows = parts.map(({ part, points, most, measured }) => [
    ...[part, points.toFixed(1), most ? String(most) : '', measured],
  ])
  return `${what}, ${verdict.kind}, score ${verdict.score}\n${table(['part', 'points', 'of', 'measured'], rows)}`
}

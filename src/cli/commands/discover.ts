import { Command } from 'commander'
import type { PageOfList } from '../../jobs/discover-page.ts'
import { settingSources, type CliContext, type GlobalOptions } from '../context.ts'
import { MagpieError } from '../../errors.ts'
import { whole } from '../options.ts'
import { clipped, count, table } from '../table.ts'
import { readTarget } from '../target.ts'
import { complain } from '../complain.ts'
import { renderingText } from '../rendering-text.ts'

interface Options extends GlobalOptions {
  readonly base?: string
  readonly json?: boolean
  readonly pages: number
}

/** `magpie discover`: find only. */
export const discoverCommand = (context: CliContext, report: (exitCode: number) => void): Command =>
  new Command('discover')
    .description(
      'Find the pictures that pages name, without fetching them; each with the score that its markup promises',
    )
    .argument('<url|file...>', 'addresses of pages, or saved HTML files')
    .option('--base <url>', 'the address that a file argument is from')
    .option('--json', 'print one JSON object a page')
    .option('--render', 'have a browser render the pages first; else it does where a page is an empty shell')
    .option('--pages <count>', 'of a list, follow so many pages', whole(1, 1_000), 1)
    .addHelpText(
      'after',
      '\nExample:\n  $ magpie discover page.html --base https://shop.example/jeans/42 --json' +
        '\n  $ magpie discover https://shop.example/jeans --pages 5',
    )
    .action(async (targets: string[], options: Options) => report(await discover(context, targets, options)))

type Discovered = PageOfList

/** Work that is kept is done again by itself; finding is not. */
function onlyOnce(thrown: unknown): unknown {
  if (!(thrown instanceof MagpieError) || !/tried again/.test(thrown.remedy)) return thrown
  return new MagpieError(thrown.code, thrown.message, { remedy: 'Try it again in a while.', cause: thrown })
}

/** A saved page does not say where it is from, and most of its addresses are relative to that. */
function complainOfRelatives({ err }: CliContext, { url, leftOut }: Discovered): void {
  if (!url.startsWith('file:') || leftOut.unusableUrls === 0) return
  err(
    `magpie: ${count(leftOut.unusableUrls, 'picture URL')} left out, as nothing says where the page is from.\n` +
      '  Give its address with --base URL.\n',
  )
}

async function discover(context: CliContext, given: readonly string[], options: Options): Promise<number> {
  const discovery = context.openDiscovery(settingSources(options, true))
  let failed = 0
  try {
    for (const argument of given) {
      try {
        const target = await readTarget(argument, options.base)
        for await (const found of discovery.discoverPages(target, options.pages, context.ending)) {
          if (options.base === undefined) complainOfRelatives(context, found)
          context.out(options.json ? JSON.stringify(asJson(found)) : asText(found, options.pages))
        }
      } catch (thrown) {
        // One page that cannot be read does not keep us from the others.
        complain(context, onlyOnce(thrown), options.verbose ?? false)
        failed += 1
      }
    }
  } finally {
    await discovery.close()
  }
  return failed > 0 ? 1 : 0
}

const asJson = ({ url, candidates, records, next, end, rendering }: Discovered) => ({
  page: url,
  images: candidates.map(({ url, expected, record, position, foundIn, altText }) => ({
    ...{ url, score: expected.score, kind: expected.kind, record, position, foundIn, alt: altText },
  })),
  records,
  next: next && { url: next.url, saidBy: next.saidBy, end },
  rendering,
})

function asText(page: Discovered, pages: number): string {
  const { url, title, candidates, leftOut, rendering } = page
  const rows = candidates.map(({ position, expected, foundIn, url: from }) => [
    ...[String(position), expected.kind, String(expected.score), foundIn],
    ...[clipped(expected.reasons.slice(0, 3).join(', '), 60), from],
  ])
  const found =
    candidates.length > 0 ? `\n${table(['at', 'kind', 'score', 'found in', 'why', 'url'], rows)}` : ''
  const inline = leftOut.dataUris > 0 ? `, ${count(leftOut.dataUris, 'inline image')} left out` : ''
  return `\n${title ?? '(no title)'}\n${url}\n${count(candidates.length, 'candidate')}${inline}${found}${recordsText(page)}${nextText(page, pages)}${renderingText(rendering)}`
}

function recordsText({ records }: Discovered): string {
  if (records.length === 0) return ''
  const rows = records.map(({ url, title, images }, at) => [
    ...[String(at), clipped(title ?? '', 50), String(images.length), url ?? ''],
  ])
  return `\n${count(records.length, 'record')} of a list\n${table(['record', 'title', 'pictures', 'url'], rows)}`
}

/** What comes after this page of a list, and why it was not followed. */
function nextText({ next, end }: Discovered, pages: number): string {
  if (!next) return ''
  const why = end === 'limit' && pages === 1 ? '--pages follows it' : end
  return `\nnext page: ${next.url} (${next.saidBy})${why ? `; ${why}` : ''}`
}

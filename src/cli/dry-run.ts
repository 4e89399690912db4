import { choose } from '../assess/choose.ts'
import { catalogDefaults } from '../catalog/catalog.ts'
import type { Candidate, Rejected } from '../catalog/image.ts'
import type { Rendering } from '../catalog/items.ts'
import { settingSources, type CliContext, type GlobalOptions } from './context.ts'
import { renderingText } from './rendering-text.ts'
import { clipped, count, shortened, table } from './table.ts'
import type { Target } from './target.ts'

interface Options extends GlobalOptions {
  readonly json?: boolean
  readonly maxImages?: number
}

/** Shows what a scrape would fetch, by the rules that it would use; reads the page and writes nothing. */
export async function dryRun(
  context: CliContext,
  targets: readonly Target[],
  options: Options,
): Promise<number> {
  const keep = {
    ...catalogDefaults.keep,
    ...(options.maxImages !== undefined && { maxImages: options.maxImages }),
  }
  const discovery = context.openDiscovery(settingSources(options, true))
  let exitCode = 0
  try {
    for (const target of targets) {
      const { url, title, candidates, rendering } = await discovery.discover(target, context.ending)
      const refusals = choose(candidates, keep)
      const decided = candidates.map((candidate, at) => ({ ...candidate, refused: refusals[at] ?? null }))
      if (decided.every(({ refused }) => refused !== null)) exitCode = 1
      context.out((options.json ? asJson : asText)({ url, title, decided, rendering }))
    }
  } finally {
    await discovery.close()
  }
  return exitCode
}

interface DecidedPage {
  readonly url: string
  readonly title: string | null
  readonly rendering: Rendering | null
  readonly decided: readonly (Candidate & { readonly refused: Rejected | null })[]
}

const chosenOf = ({ decided }: DecidedPage) => decided.filter(({ refused }) => refused === null)

const asJson = (page: DecidedPage) =>
  JSON.stringify({
    page: page.url,
    title: page.title,
    rendering: page.rendering,
    fetch: chosenOf(page).map(({ url }) => url),
    refused: page.decided.flatMap(({ url, refused }) => (refused ? [{ url, ...refused }] : [])),
  })

function asText(page: DecidedPage): string {
  const rows = page.decided.map(({ position, expected, foundIn, refused, url }) => [
    String(position),
    refused ? refused.reason : 'fetch',
    String(expected.score),
    foundIn,
    clipped(expected.reasons.slice(0, 3).join(', '), 60),
    shortened(url, 60),
  ])
  const said = `${count(chosenOf(page).length, 'image')} would be fetched, of ${count(rows.length, 'candidate')}`
  const heads = ['at', 'decision', 'expected', 'found in', 'why', 'url']
  return `\n${page.title ?? '(no title)'}\n${page.url}\n${said}\n${table(heads, rows)}${renderingText(page.rendering)}`
}

import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { findOnPage } from '../src/discovery/find.ts'

/** What one page took. */
interface Timing {
  readonly id: string
  readonly ms: number
  readonly mebibytes: number
}

/**
 * Runs discovery over the real pages that lie beside the checkout and prints the evaluator's table, first with the
 * pages' own declarations of pictures taken out, then with the pages as they were saved, and the time per page. No
 * site's own rules are used. Answers false, and says so, where the pages are absent.
 */
export async function run({ arguments: more = [] as readonly string[] } = {}): Promise<boolean> {
  const pages = path.join(import.meta.dirname, '../../shared/data/pages')
  if (!existsSync(pages)) {
    console.log('the real pages are not beside this checkout (../shared/data/pages)')
    return false
  }
  const work = mkdtempSync(path.join(tmpdir(), 'magpie-discovery-'))
  const folder = (name: string) => path.join(work, name)
  const tool = (name: string, ...rest: string[]) =>
    execFileSync(process.execPath, [path.join(pages, 'tools', name), ...rest], { encoding: 'utf8' })
  const evaluated = (input: string) => {
    const output = mkdtempSync(folder('found-'))
    const timings = findAll(input, output)
    console.log(tool('eval.mjs', '--truth', path.join(pages, 'truth'), '--out', output, ...more))
    return timings
  }
  try {
    tool('prepare.mjs', path.join(pages, 'pages'), path.join(pages, 'truth'), folder('stripped'))
    await prepareWhole(pages, folder('stripped'), folder('whole'))
    // What is run first also warms up.
    findAll(folder('stripped'), mkdtempSync(folder('warm-')))
    console.log('declarations stripped:')
    const timings = evaluated(folder('stripped'))
    console.log('as saved:')
    evaluated(folder('whole'))
    printTimes(timings)
    return true
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** The pages as they were saved, as text. */
async function prepareWhole(pages: string, stripped: string, whole: string): Promise<void> {
  const { readPage } = (await import(path.join(pages, 'tools/decode.mjs'))) as {
    readPage: (file: string) => string
  }
  cpSync(stripped, whole, { recursive: true })
  for (const file of readdirSync(path.join(pages, 'pages')).filter((name) => name.endsWith('.html.gz')))
    writeFileSync(path.join(whole, file.slice(0, -3)), readPage(path.join(pages, 'pages', file)))
}

function findAll(input: string, output: string): readonly Timing[] {
  const index = JSON.parse(readFileSync(path.join(input, 'index.json'), 'utf8')) as {
    readonly id: string
    readonly url: string
    readonly file: string
  }[]
  return index.map(({ id, url, file }) => {
    const html = readFileSync(path.join(input, file), 'utf8')
    const start = performance.now()
    const { candidates, records } = findOnPage({ html, url, sites: [] })
    const ms = performance.now() - start
    const images = candidates.map((one) => ({
      url: one.url,
      score: one.expected.score,
      kind: one.expected.kind,
      record: one.record,
      reasons: one.expected.reasons,
    }))
    writeFileSync(path.join(output, `${id}.json`), JSON.stringify({ images, records }))
    return { id, ms, mebibytes: html.length / 2 ** 20 }
  })
}

function printTimes(timings: readonly Timing[]): void {
  const sorted = timings.toSorted((a, b) => a.ms - b.ms)
  const total = timings.reduce((sum, { ms }) => sum + ms, 0)
  const size = timings.reduce((sum, { mebibytes }) => sum + mebibytes, 0)
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)]!
  const said = (one: Timing) => `${one.ms.toFixed(1)} ms`
  console.log(
    `time a page: median ${said(at(0.5))}, p90 ${said(at(0.9))}, most ${said(at(1))} (${at(1).id}); ` +
      `${(total / size).toFixed(1)} ms a MiB`,
  )
}

if (import.meta.main) process.exitCode = (await run({ arguments: process.argv.slice(2) })) ? 0 : 1

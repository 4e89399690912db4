import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import chromium, { inflate } from '@sparticuz/chromium'
import { chromium as playwright, type Browser } from 'playwright-core'

/** A real, headless Chromium: the one inside the npm package, so that nothing has to be installed by hand. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = await chromium.executablePath()
  return playwright.launch({
    executablePath,
    env: { ...process.env, ...(await librariesFor(executablePath)) },
    headless: true,
    args: [
      // In one process the browser would end with its first closed page.
      ...chromium.args.filter((arg) => arg !== '--single-process'),
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  })
}

/** The libraries that the package ships beside the browser, for a system that lacks some of them. */
async function librariesFor(executable: string): Promise<Readonly<Record<string, string>>> {
  const { stdout } = spawnSync('ldd', [executable], { encoding: 'utf8' })
  if (!stdout?.includes('not found')) return {}
  const shipped = path.join(
    path.dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')),
    '../bin',
  )
  await inflate(path.join(shipped, 'al2023.tar.br'))
  return { LD_LIBRARY_PATH: path.join(tmpdir(), 'al2023/lib') }
}

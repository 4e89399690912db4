import { execFile } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import type { BrowserType } from 'playwright-core'
import { MagpieError } from '../../errors.ts'

/** A browser that can be started. */
export interface FoundBrowser {
  readonly executable: string
  readonly env: Readonly<Record<string, string>>
}

/** The part of the library that we use. */
export interface Playwright {
  readonly chromium: BrowserType
}

/** Where systems keep a Chromium that was installed. */
const usualPlaces = [
  ...['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'].flatMap((name) =>
    ['/usr/bin', '/usr/local/bin', '/snap/bin', '/opt/google/chrome'].map((folder) => `${folder}/${name}`),
  ),
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
]

/** The library that drives the browser; it is installed by those who want pages rendered. Throws `browser_missing`. */
export async function loadPlaywright(): Promise<Playwright> {
  try {
    return await import('playwright-core')
  } catch (cause) {
    throw new MagpieError('browser_missing', 'Rendering needs the npm package playwright-core.', { cause })
  }
}

/**
 * The browser to start: the one of the setting, else Playwright's own, else an installed one, else the one inside the
 * npm package @sparticuz/chromium. Throws `browser_missing`.
 */
export async function findBrowser(playwright: Playwright, chosen: string | null): Promise<FoundBrowser> {
  if (chosen !== null) {
    if (existsSync(chosen)) return { executable: chosen, env: {} }
    throw new MagpieError('browser_missing', `RENDER_BROWSER is ${chosen}, where no file is.`, {
      setting: 'RENDER_BROWSER',
    })
  }
  const installed = [playwright.chromium.executablePath(), ...usualPlaces].find(
    (place) => place && existsSync(place),
  )
  return installed ? { executable: installed, env: {} } : packaged()
}

/** The browser inside an npm package, which unpacks itself into the folder for temporary files. */
async function packaged(): Promise<FoundBrowser> {
  const library = await import('@sparticuz/chromium').catch((cause: unknown) => {
    throw new MagpieError('browser_missing', undefined, { cause })
  })
  const unpacked = path.join(tmpdir(), 'chromium')
  // Anybody on this machine can put a file there, and it would be run.
  if (existsSync(unpacked) && !isOurs(unpacked))
    throw new MagpieError('browser_missing', `${unpacked} belongs to somebody else, so it is not run.`)
  const executable = await library.default.executablePath()
  if (!(await lacksLibraries(executable))) return { executable, env: {} }
  const bin = path.join(
    path.dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')),
    '../bin/al2023.tar.br',
  )
  await library.inflate(bin)
  return { executable, env: { LD_LIBRARY_PATH: path.join(tmpdir(), 'al2023/lib') } }
}

const isOurs = (file: string) => [0, process.getuid?.() ?? 0].includes(statSync(file).uid)

/** Whether the system lacks what the browser is linked against; the package ships it beside the browser. */
async function lacksLibraries(executable: string): Promise<boolean> {
  const listed = await promisify(execFile)('ldd', [executable]).catch(() => ({ stdout: '' }))
  return listed.stdout.includes('not found')
}

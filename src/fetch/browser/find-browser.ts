import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import type { BrowserType } from 'playwright-core'
import { MagpieError } from '../../errors.ts'
import { packagedBrowser, type FoundBrowser } from './packaged-browser.ts'

export type { FoundBrowser } from './packaged-browser.ts'

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
  return installed ? { executable: installed, env: {} } : packagedBrowser(tmpdir())
}

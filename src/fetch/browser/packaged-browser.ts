import { execFile } from 'node:child_process'
import { lstatSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { asMagpieError, MagpieError } from '../../errors.ts'

/** A browser that can be started. */
export interface FoundBrowser {
  readonly executable: string
  readonly env: Readonly<Record<string, string>>
}

const run = promisify(execFile)
const unpackingMs = 300_000

/**
 * The browser inside the npm package @sparticuz/chromium, unpacked once for each user into a folder of their own in
 * `place`. Throws `browser_missing` where the package is not installed, or the folder is open to others.
 */
export async function packagedBrowser(place: string): Promise<FoundBrowser> {
  const library = packageFile()
  const { version } = JSON.parse(readFileSync(beside(library, 'package.json'), 'utf8')) as { version: string }
  const folder = path.join(place, `magpie-chromium-${version}-${process.getuid?.() ?? 'user'}`)
  if (!isThere(folder)) await unpack(library, folder)
  const executable = path.join(folder, 'chromium')
  if (!(await lacksLibraries(executable))) return { executable, env: {} }
  return { executable, env: { LD_LIBRARY_PATH: path.join(folder, 'al2023/lib') } }
}

function packageFile(): string {
  try {
    return createRequire(import.meta.url).resolve('@sparticuz/chromium')
  } catch (cause) {
    throw new MagpieError('browser_missing', undefined, { cause })
  }
}

/** A file of the package: its own entrance lies in a folder of it. */
const beside = (library: string, name: string) => path.join(path.dirname(library), '..', name)

/** Whether the folder is there. Throws when anybody else could have put into it what is to be run. */
function isThere(folder: string): boolean {
  const stats = lstatSync(folder, { throwIfNoEntry: false })
  if (!stats) return false
  const isOurs = process.platform === 'win32' || (stats.uid === process.getuid?.() && !(stats.mode & 0o077))
  if (stats.isDirectory() && isOurs) return true
  throw new MagpieError(
    'browser_missing',
    `${folder} belongs to somebody else, or is open to others, so what is in it is not run.`,
  )
}

/**
 * The package unpacks its files into the folder for temporary files, and takes what lies there already for its own: so it
 * is run where that folder is a new one, which is given its name when it is whole.
 */
async function unpack(library: string, folder: string): Promise<void> {
  const fresh = mkdtempSync(`${folder}-`)
  try {
    const script = `const { default: chromium, inflate } = await import(${JSON.stringify(pathToFileURL(library).href)})
      await Promise.all([chromium.executablePath(), inflate(${JSON.stringify(beside(library, 'bin/al2023.tar.br'))})])`
    await run(process.execPath, ['--input-type=module', '--eval', script], {
      env: { TMPDIR: fresh, TEMP: fresh, TMP: fresh },
      timeout: unpackingMs,
    })
    renameSync(fresh, folder)
  } catch (cause) {
    rmSync(fresh, { recursive: true, force: true })
    // Another process may have been quicker.
    if (isThere(folder)) return
    const message = `The browser of @sparticuz/chromium cannot be unpacked: ${asMagpieError(cause).message.split('\n')[0]}`
    throw new MagpieError('browser_missing', message, { cause })
  }
}

/** Whether the system lacks what the browser is linked against; the package ships it beside the browser. */
async function lacksLibraries(executable: string): Promise<boolean> {
  const listed = await run('ldd', [executable]).catch(() => ({ stdout: '' }))
  return listed.stdout.includes('not found')
}

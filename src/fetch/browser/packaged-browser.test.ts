import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { errorOf } from '../local-server.suite.ts'
import { packagedBrowser } from './packaged-browser.ts'

/** The version that is installed; null when none is. */
const version = (() => {
  try {
    const library = createRequire(import.meta.url).resolve('@sparticuz/chromium')
    const about = readFileSync(path.join(path.dirname(library), '../package.json'), 'utf8')
    return (JSON.parse(about) as { version: string }).version
  } catch {
    return null
  }
})()

/** A folder for temporary files, as all users of a machine share one. */
function shared() {
  const place = mkdtempSync(path.join(tmpdir(), 'magpie-test-'))
  onTestFinished(() => rmSync(place, { recursive: true, force: true }))
  return { place, folder: path.join(place, `magpie-chromium-${version}-${process.getuid?.()}`) }
}

describe.runIf(process.platform === 'linux' && version !== null)('the browser inside a package', () => {
  it('is unpacked for its user alone, whatever others have put beside it', { timeout: 120_000 }, async () => {
    const { place, folder } = shared()
    mkdirSync(path.join(place, 'al2023/lib'), { recursive: true })
    mkdirSync(path.join(place, 'chromium'))
    const [{ executable, env }, other] = await Promise.all([packagedBrowser(place), packagedBrowser(place)])
    expect(other.executable).toBe(executable)
    expect(executable).toBe(path.join(folder, 'chromium'))
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(statSync(executable).isFile()).toBe(true)
    expect(existsSync(path.join(folder, 'al2023/lib'))).toBe(true)
    expect(Object.values(env).filter((one) => !one.startsWith(folder))).toEqual([])
    expect(readdirSync(place).sort()).toEqual(['al2023', 'chromium', path.basename(folder)])
    const { ino } = statSync(executable)
    expect(await packagedBrowser(place)).toEqual({ executable, env })
    expect(statSync(executable).ino).toBe(ino)
  })

  it('is not run from a folder that others may write to', async () => {
    const { place, folder } = shared()
    mkdirSync(folder)
    chmodSync(folder, 0o777)
    expect(await errorOf(packagedBrowser(place))).toMatchObject({ code: 'browser_missing' })
  })

  it.runIf(process.getuid?.() === 0)('is not run from a folder that is somebody else’s', async () => {
    const { place, folder } = shared()
    mkdirSync(folder, { mode: 0o700 })
    chownSync(folder, 65_534, 65_534)
    const error = await errorOf(packagedBrowser(place))
    expect(error).toMatchObject({ code: 'browser_missing' })
    expect(error.message).toContain('somebody else')
  })
})

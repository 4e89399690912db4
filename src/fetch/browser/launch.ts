import { tmpdir } from 'node:os'
import type { Browser } from 'playwright-core'
import { MagpieError } from '../../errors.ts'
import type { Log } from '../../log.ts'
import { findBrowser, loadPlaywright, type FoundBrowser } from './find-browser.ts'

/** What every page's connections must not be able to do, and what a browser that nobody looks at need not do. */
const switches = [
  // Names are looked up by our proxy alone. Its own address is excepted, as a browser looks that up too.
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
  // What would go over UDP goes past a proxy.
  '--disable-quic',
  '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
  '--webrtc-ip-handling-policy=disable_non_proxied_udp',
  // Over HTTP/1.1 a browser makes at most six connections to a host.
  '--disable-http2',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-domain-reliability',
  '--disable-sync',
  '--dns-prefetch-disable',
  '--no-pings',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-extensions',
  '--disable-webgl',
  '--disable-gpu',
  '--mute-audio',
  '--disable-dev-shm-usage',
  '--js-flags=--max-old-space-size=512',
]

/** A proxy for what belongs to no page: nothing listens there. */
const nowhere = { server: 'http://127.0.0.1:9', bypass: '<-loopback>' }

/** Starts a browser. Throws `browser_missing`, and `browser_failed` when the one that is there does not start. */
export async function launch(chosen: string | null, log: Log | undefined): Promise<Browser> {
  const playwright = await loadPlaywright()
  const found = await findBrowser(playwright, chosen)
  const start = (sandboxed: boolean) => playwright.chromium.launch(options(found, sandboxed))
  // Chromium refuses to be sandboxed under root.
  const mayBeSandboxed = process.platform !== 'linux' || process.getuid?.() !== 0
  try {
    if (!mayBeSandboxed) return await start(false)
    return await start(true).catch((cause: unknown) => {
      log?.warn(
        { reason: firstLine(cause) },
        'the browser does not start in a sandbox: pages are rendered without',
      )
      return start(false)
    })
  } catch (cause) {
    const message = `The browser ${found.executable} does not start: ${firstLine(cause)}`
    throw new MagpieError('browser_failed', message, { cause })
  }
}

const options = ({ executable, env }: FoundBrowser, chromiumSandbox: boolean) => ({
  executablePath: executable,
  // Not ours, in which keys and passwords are.
  env: { HOME: tmpdir(), ...env },
  headless: true,
  chromiumSandbox,
  proxy: nowhere,
  args: switches,
  // Who ends this process decides when the browser ends.
  handleSIGINT: false,
  handleSIGTERM: false,
  handleSIGHUP: false,
  timeout: 30_000,
})

const firstLine = (thrown: unknown) =>
  (thrown instanceof Error ? thrown.message : String(thrown)).split('\n').slice(0, 1).join('').slice(0, 200)

import { readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { MagpieError } from '../../errors.ts'

const lookEveryMs = 500

interface Watched {
  readonly maxMemory: number
  /** Told that some page broke the limit, before its process is ended; which one it was, its crash says. */
  readonly broken: (error: MagpieError) => void
}

/**
 * Ends a page's process when it takes too much memory: pages of different contexts have processes of their own, so the
 * browser and the other pages go on. Returns how to stop watching. Does nothing where there is no /proc.
 */
export function watchMemory(browser: Browser, { maxMemory, broken }: Watched): () => void {
  let stopped = process.platform !== 'linux'
  const look = async () => {
    const session = await browser.newBrowserCDPSession()
    while (!stopped) {
      const { processInfo } = await session.send('SystemInfo.getProcessInfo')
      for (const { id } of processInfo.filter(({ type }) => type === 'renderer')) {
        const bytes = ownBytes(id)
        if (stopped || bytes <= maxMemory) continue
        broken(tooLarge(bytes, maxMemory))
        process.kill(id, 'SIGKILL')
      }
      await new Promise((soon) => setTimeout(soon, lookEveryMs))
    }
    await session.detach()
  }
  // It ends with the browser, whose end is seen elsewhere.
  if (!stopped) void look().catch(() => undefined)
  return () => void (stopped = true)
}

/** What a process has for itself; 0 when it is gone. */
function ownBytes(pid: number): number {
  try {
    return (
      Number(/^RssAnon:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) * 1024
    )
  } catch {
    return 0
  }
}

const tooLarge = (measured: number, most: number) =>
  new MagpieError(
    'render_failed',
    `A page took ${Math.round(measured / 1e6)} MB of memory; ${Math.round(most / 1e6)} are allowed.`,
    { setting: 'RENDER_MAX_MEMORY', measured, remedy: 'RENDER_MAX_MEMORY sets the limit.' },
  )

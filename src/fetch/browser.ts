import type { Browser as Chromium } from 'playwright-core'
import { asMagpieError, MagpieError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { FetchSettings } from './orders.ts'
import { launch } from './browser/launch.ts'
import type { PageToRender, Rendered, RenderMeans } from './browser/means.ts'
import { places } from './browser/places.ts'
import { renderPage } from './browser/render-page.ts'
import { checkedUrl, hostOf, portOf, shown } from './checked-url.ts'
import type { Resolve } from './guarded-connector.ts'
import { allowedHosts } from './public-addresses.ts'
import type { RenderSettings } from './render-settings.ts'
import { userAgent } from './request-headers.ts'

export type { PageToRender, Rendered } from './browser/means.ts'

/** Renders pages with a real browser, which is started for the first of them and ended when it has nothing to do. */
export interface Browser {
  /**
   * The page as it is after its scripts have run and it was scrolled through. A page that meets a limit of time, bytes
   * or requests is answered with as far as it came.
   * Throws `browser_missing`, `browser_failed`, `render_failed`, `address_private`, or the signal's reason.
   */
  render(page: PageToRender, signal: AbortSignal): Promise<Rendered>
  /** Ends what is under way with `connection_lost`, and the browser. */
  close(): Promise<void>
}

export interface BrowserSeams {
  /** In place of the machine's own DNS. */
  readonly resolve?: Resolve
}

const idleMs = 30_000

/** A browser that is not started yet. Throws `setting_invalid` for a malformed FETCH_ALLOW_PRIVATE. */
export function openBrowser(
  settings: FetchSettings & RenderSettings,
  log?: Log,
  seams: BrowserSeams = {},
): Browser {
  const meansFor = rendering(settings, log, seams)
  const closing = new AbortController()
  const process = oneBrowser(() => launch(settings.RENDER_BROWSER, log))
  const turns = places(settings.RENDER_CONCURRENCY)

  return {
    async render(page, given) {
      const signal = AbortSignal.any([given, closing.signal])
      const leave = await turns.take(signal)
      try {
        const means = meansFor(page, signal)
        const rendered = await process.use((chromium) => renderPage(chromium, page, means, signal))
        const { ms, limits, pictures } = rendered
        log?.debug({ url: shown(page.url), ms, limits, pictures: pictures.length }, 'rendered')
        return rendered
      } finally {
        leave()
      }
    },
    async close() {
      closing.abort(new MagpieError('connection_lost', 'The browser was closed.'))
      await process.close()
    },
  }
}

function rendering(
  settings: FetchSettings & RenderSettings,
  log: Log | undefined,
  { resolve }: BrowserSeams,
) {
  const allowed = allowedHosts(settings.FETCH_ALLOW_PRIVATE)
  const nobody = allowedHosts([])
  const isListed = (host: string, port: number) => allowed.name(host, port) || allowed.address(host, port)
  const name = userAgent(settings.FETCH_USER_AGENT, settings.FETCH_CONTACT)
  return (page: PageToRender, signal: AbortSignal): RenderMeans => {
    const url = checkedUrl(page.url, { maxLength: settings.FETCH_MAX_URL_LENGTH, isListed })
    // A stranger's scripts have no business in our network, not even with the hosts that we may fetch from.
    const isOurs = isListed(hostOf(url), portOf(url))
    const first = { url: url.href.replace(/#.*$/s, ''), html: page.html }
    const known = new Map([[first.url, first]])
    return {
      document: async (at) => {
        const asked = at.replace(/#.*$/s, '')
        const here = known.get(asked)
        if (here) return here
        const fetched = await page.page(asked, signal)
        known.set(fetched.url, { url: fetched.url, html: fetched.html })
        return fetched
      },
      // As search engines name theirs: pages look here for what a browser can do.
      userAgent: (version) =>
        `Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ${name}) Chrome/${version} Safari/537.36`,
      allowed: isOurs ? allowed : nobody,
      rules: { maxLength: settings.FETCH_MAX_URL_LENGTH, isListed: isOurs ? isListed : () => false },
      ...(resolve && { resolve }),
      connectTimeoutMs: settings.FETCH_FIRST_BYTE_MS,
      timeoutMs: settings.RENDER_TIMEOUT_MS,
      maxRequests: settings.RENDER_MAX_REQUESTS,
      maxBytes: settings.RENDER_MAX_BYTES,
      maxMemory: settings.RENDER_MAX_MEMORY,
      maxSize: settings.FETCH_MAX_PAGE_BYTES,
      refused: (host, { message }) =>
        log?.debug({ host, page: shown(page.url), reason: message }, 'refused to a page'),
    }
  }
}

/** One process for all pages: started when it is wanted, again when it has died, ended when nothing wants it for a while. */
function oneBrowser(start: () => Promise<Chromium>) {
  let running: Promise<Chromium> | null = null
  let users = 0
  let idle: NodeJS.Timeout | undefined
  const begin = () => {
    const begun = start()
    const forget = () => {
      if (running === begun) running = null
    }
    begun.then((chromium) => chromium.once('disconnected', forget), forget)
    return (running = begun)
  }
  const end = async () => {
    const ending = running
    running = null
    await ending?.then((chromium) => chromium.close()).catch(() => undefined)
  }
  const attempt = async <T>(work: (chromium: Chromium) => Promise<T>, isLast: boolean): Promise<T> => {
    const chromium = await (running ?? begin())
    try {
      return await work(chromium)
    } catch (thrown) {
      // It may have died of another page.
      if (isLast || chromium.isConnected() || asMagpieError(thrown).code !== 'render_failed') throw thrown
      return attempt(work, true)
    }
  }
  return {
    async use<T>(work: (chromium: Chromium) => Promise<T>): Promise<T> {
      clearTimeout(idle)
      users++
      try {
        return await attempt(work, false)
      } finally {
        if (--users === 0) idle = setTimeout(() => void end(), idleMs).unref()
      }
    },
    async close() {
      clearTimeout(idle)
      await end()
    },
  }
}

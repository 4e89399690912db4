import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core'
import { asMagpieError, MagpieError } from '../../errors.ts'
import { scrollThrough, serialise, withoutBypasses } from './in-page.ts'
import type { Limit, PageToRender, Rendered, RenderMeans } from './means.ts'
import { watchMemory } from './memory.ts'
import { openProxy } from './proxy.ts'
import { traffic, withoutHash, type Traffic } from './routes.ts'

/** Screens that an endless page is followed for. */
const maxSteps = 60
const maxNavigations = 4
/** A page that asks for nothing for so long has come to rest. */
const restMs = 400
/** After the page's time: how long its document may take to be written down. */
const afterwordMs = 4000
const closingMs = 2000

/**
 * Renders one page in a context of its own, which leaves nothing behind. A page that meets a limit is answered with as
 * far as it came. Throws `render_failed` when its process dies, the signal's reason, and what fetching a document throws.
 */
export async function renderPage(
  browser: Browser,
  wanted: PageToRender,
  means: RenderMeans,
  signal: AbortSignal,
): Promise<Rendered> {
  const since = performance.now()
  const limits = new Set<Limit>()
  const proxy = await openProxy({ ...means, exhausted: () => limits.add('bytes') })
  const ended = new AbortController()
  let tooLarge: MagpieError | undefined
  const stopWatching = watchMemory(browser, { ...means, broken: (error) => (tooLarge = error) })
  const until = AbortSignal.any([signal, ended.signal])
  const leave = () => ended.abort(crashed(wanted.url))
  browser.once('disconnected', leave)
  const opening = openContext(browser, proxy.server, means)
  try {
    const page = await orEnded(
      opening.then((context) => context.newPage()),
      until,
    )
    const seen = traffic(page, means, (limit) => limits.add(limit))
    page.on('crash', () => ended.abort(tooLarge ?? crashed(wanted.url)))
    await orEnded(guard(page, seen), until)
    const read = await orEnded(through(page, seen, { wanted, means, limits }), until)
    return {
      url: /^https?:/.test(read.url) ? read.url : wanted.url,
      html: read.html,
      pictures: seen.pictures(),
      ms: Math.round(performance.now() - since),
      limits: [...limits],
    }
  } catch (thrown) {
    signal.throwIfAborted()
    if (ended.signal.aborted) throw ended.signal.reason
    throw thrown instanceof MagpieError ? thrown : failed(wanted.url, thrown)
  } finally {
    browser.off('disconnected', leave)
    stopWatching()
    await proxy.close()
    await closed(opening)
  }
}

/** Closes a context, also one that is opened only later; does not wait long for a browser that does not answer. */
async function closed(opening: Promise<BrowserContext>): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, closingMs)
  // A browser that is gone has closed it.
  const closing = opening.then((context) => context.close()).catch(() => undefined)
  await Promise.race([closing, late.promise])
  clearTimeout(timer)
}

const openContext = (browser: Browser, server: string, means: RenderMeans) =>
  browser.newContext({
    proxy: { server, bypass: '<-loopback>' },
    userAgent: means.userAgent(browser.version()),
    viewport: { width: 1366, height: 900 },
    acceptDownloads: false,
    serviceWorkers: 'block',
    permissions: [],
    locale: 'en-US',
    reducedMotion: 'reduce',
  })

async function guard(page: Page, seen: Traffic): Promise<void> {
  const context = page.context()
  await context.addInitScript(withoutBypasses)
  await context.route('**/*', seen.handle)
  await context.routeWebSocket(/.*/, (socket) => void socket.close())
  context.on('page', (popup) => popup !== page && void popup.close().catch(() => undefined))
}

interface Walk {
  readonly wanted: PageToRender
  readonly means: RenderMeans
  readonly limits: Set<Limit>
}

/** Opens the page, waits until it rests, scrolls through it, and writes its document down. */
async function through(page: Page, seen: Traffic, { wanted, means, limits }: Walk) {
  const until = performance.now() + means.timeoutMs
  const leftMs = () => Math.max(1, until - performance.now())
  const time = new AbortController()
  const timer = setTimeout(() => time.abort(), means.timeoutMs)
  const cdp = await page.context().newCDPSession(page)
  try {
    await orEnded(walkThrough(page, cdp, { seen, wanted, leftMs, signal: time.signal }), time.signal).catch(
      (thrown: unknown) => {
        if (!time.signal.aborted) throw thrown
      },
    )
    if (time.signal.aborted) {
      limits.add('time')
      // A script that never ends would keep us from reading the page.
      await cdp.send('Runtime.terminateExecution').catch(() => undefined)
    }
    return await read(cdp, wanted, { seen, means, limits })
  } finally {
    clearTimeout(timer)
  }
}

interface Steps {
  readonly seen: Traffic
  readonly wanted: PageToRender
  readonly leftMs: () => number
  readonly signal: AbortSignal
}

async function walkThrough(page: Page, cdp: CDPSession, { seen, wanted, leftMs, signal }: Steps) {
  await page.goto(withoutHash(wanted.url), { waitUntil: 'domcontentloaded', timeout: leftMs() + 1000 })
  // Half of the time, so that a page that never rests is scrolled too.
  await seen.quiet(restMs, AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(leftMs() / 2))]))
  await settled(() => aside(cdp, scrollThrough(maxSteps, leftMs() * 0.8)), seen, signal)
  await seen.quiet(restMs, signal)
}

/** Does again what a navigation has broken off, on the page that it led to. */
async function settled<T>(work: () => Promise<T>, seen: Traffic, signal: AbortSignal): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (thrown) {
      if (signal.aborted || tries > maxNavigations) throw thrown
      await seen.quiet(restMs, signal)
    }
  }
}

interface Read {
  readonly html: string
  readonly whole: boolean
  readonly url: string
}

/** The document as it stands; what was sent, when the page cannot be read any more. */
async function read(
  cdp: CDPSession,
  { url, html }: PageToRender,
  { seen, means, limits }: Pick<Walk, 'means' | 'limits'> & { readonly seen: Traffic },
): Promise<Read> {
  const asSent: Read = { html, whole: true, url }
  const late = new Promise<null>((soon) => setTimeout(() => soon(null), afterwordMs).unref())
  const taken = settled(
    () => aside<Read>(cdp, serialise(means.maxSize)),
    seen,
    AbortSignal.timeout(afterwordMs),
  )
  const got = await Promise.race([taken, late])
  if (got === null) limits.add('time')
  else if (!got.whole) limits.add('size')
  return got ?? asSent
}

/** Runs a script in a world beside the page's own. */
async function aside<T>(cdp: CDPSession, expression: string): Promise<T> {
  const { frameTree } = await cdp.send('Page.getFrameTree')
  const { executionContextId } = await cdp.send('Page.createIsolatedWorld', {
    frameId: frameTree.frame.id,
    worldName: 'magpie',
  })
  const { result, exceptionDetails } = await cdp.send('Runtime.evaluate', {
    expression,
    contextId: executionContextId,
    returnByValue: true,
    awaitPromise: true,
  })
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
  return result.value as T
}

/** What comes first: the outcome, or the signal's reason. */
async function orEnded<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const ended = Promise.withResolvers<never>()
  const end = () => ended.reject(signal.reason as Error)
  signal.addEventListener('abort', end)
  try {
    signal.throwIfAborted()
    return await Promise.race([work, ended.promise])
  } finally {
    signal.removeEventListener('abort', end)
    // What is left of it ends with the page.
    work.catch(() => undefined)
  }
}

const crashed = (url: string) =>
  new MagpieError('render_failed', `The browser died while it rendered ${url}.`)

const failed = (url: string, cause: unknown) =>
  new MagpieError(
    'render_failed',
    `${url} cannot be rendered: ${asMagpieError(cause).message.split('\n')[0]}`,
    {
      cause,
    },
  )

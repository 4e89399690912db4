import type { Page, Request, Route } from 'playwright-core'
import type { Limit, RenderMeans, SeenPicture } from './means.ts'
import { placeholder } from './placeholder.ts'

/** What a page asked for while it was rendered. */
export interface Traffic {
  readonly handle: (route: Route) => Promise<void>
  readonly pictures: () => readonly SeenPicture[]
  /** Waits until nothing but pictures has been asked for, for so long; at most until the signal aborts. */
  quiet(forMs: number, signal: AbortSignal): Promise<void>
}

/** More pictures than a page may have candidates. */
const maxPictures = 5000
const maxUrl = 4096
const maxDocuments = 4

/** What is downloaded; the rest is of no use to a page that nobody looks at. */
const useful: ReadonlySet<string> = new Set(['script', 'stylesheet', 'xhr', 'fetch'])

/** Decides on every request of a page. The proxy decides again on every connection that comes of it. */
export function traffic(page: Page, means: RenderMeans, met: (limit: Limit) => void): Traffic {
  const seen = new Map<string, SeenPicture>()
  const { busy, quiet } = activity(page)
  const see = (url: string, isPicture: boolean) => {
    if (seen.size < maxPictures && url.length <= maxUrl && /^https?:/.test(url) && !seen.get(url)?.isPicture)
      seen.set(url, { url, isPicture })
  }
  let requests = 0
  let documents = 0
  const decide = async (route: Route, request: Request) => {
    if (!/^https?:/.test(request.url()) || request.frame().page() !== page) return route.abort()
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) {
      // Aborted so, the page stays where it is; in other ways it would show an error.
      if (++documents > maxDocuments || request.method() !== 'GET') return route.abort('aborted')
      return fulfilDocument(route, await means.document(request.url()))
    }
    if (++requests > means.maxRequests) {
      met('requests')
      return route.abort('blockedbyclient')
    }
    const type = request.resourceType()
    if (type === 'image') {
      see(request.url(), false)
      return fulfilPicture(route, request)
    }
    return useful.has(type) || isOwnFrame(page, request) ? route.continue() : route.abort('blockedbyclient')
  }
  page.on('response', (response) => {
    const type = response.headers()['content-type'] ?? ''
    const by = response.request().resourceType()
    if ((by === 'fetch' || by === 'xhr') && response.ok() && /^image\//i.test(type))
      see(response.request().url(), true)
  })
  return {
    pictures: () => [...seen.values()],
    quiet,
    async handle(route) {
      const request = route.request()
      const done = busy(request)
      // The page may be gone by the time that an answer is there.
      await decide(route, request).catch(() => route.abort('aborted').catch(() => undefined))
      done()
    },
  }
}

/** A frame of another origin is an advertisement, a film or a map. */
const isOwnFrame = (page: Page, request: Request) =>
  request.resourceType() === 'document' &&
  URL.parse(request.url())?.origin === URL.parse(page.mainFrame().url())?.origin

type Document = Awaited<ReturnType<RenderMeans['document']>>

/** A document that was redirected is shown at its own address. */
const fulfilDocument = (route: Route, { url, html }: Document) =>
  route.fulfill({
    contentType: 'text/html; charset=utf-8',
    body:
      url === withoutHash(route.request().url())
        ? html
        : `<!doctype html><script>location.replace(${JSON.stringify(url).replaceAll('<', '\\u003c')})</script>`,
  })

export const withoutHash = (url: string): string => url.replace(/#.*$/s, '')

const fulfilPicture = (route: Route, request: Request) =>
  route.fulfill({
    contentType: 'image/png',
    body: placeholder,
    headers: {
      // A script may read the pixels of what it takes for its own picture.
      'access-control-allow-origin': request.headers()['origin'] ?? '*',
      'access-control-allow-credentials': 'true',
      'cache-control': 'max-age=600',
    },
  })

/** Knows what is under way. */
function activity(page: Page) {
  const underWay = new Set<unknown>()
  let changedAt = performance.now()
  const end = (one: unknown) => {
    if (underWay.delete(one)) changedAt = performance.now()
  }
  const begin = (one: unknown) => {
    underWay.add(one)
    changedAt = performance.now()
  }
  page.on('request', (request) => useful.has(request.resourceType()) && begin(request))
  page.on('requestfinished', end)
  page.on('requestfailed', end)
  return {
    busy(request: Request) {
      const key = [request]
      begin(key)
      return () => end(key)
    },
    async quiet(forMs: number, signal: AbortSignal) {
      while (!signal.aborted) {
        const waitMs = changedAt + forMs - performance.now()
        if (underWay.size === 0 && waitMs <= 0) return
        await new Promise((soon) => setTimeout(soon, underWay.size > 0 ? 50 : Math.max(10, waitMs)))
      }
    },
  }
}

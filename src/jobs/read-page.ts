import type { Rendering } from '../catalog/items.ts'
import { findOnPage, looksLikePicture, looksLikeShell } from '../discovery/find.ts'
import type { Findings } from '../discovery/finder.ts'
import { asMagpieError, MagpieError } from '../errors.ts'
import type { Browser, Rendered } from '../fetch/browser.ts'
import type { FetchedPage, Fetcher } from '../fetch/fetcher.ts'
import type { RenderMode } from '../fetch/render-settings.ts'

/** What pages are rendered with, and when, where their catalogue says nothing. */
export interface Renderer {
  readonly mode: RenderMode
  readonly browser: Pick<Browser, 'render'>
}

/** How one page is to be read. */
export interface ReadTerms {
  readonly mode: RenderMode
  readonly browser: Pick<Browser, 'render'>
  /** For documents that the page goes on to by itself, under the terms of where each is. */
  readonly fetcherAt: (url: string) => Fetcher
  /** Whether it was rendered when it was read last: then what it was sent as does not do. */
  readonly wasRendered?: boolean
}

/** A page that was read, by a browser if need be. */
export interface PageRead {
  /** Where it was in the end. */
  readonly url: string
  readonly findings: Findings
  /** Null when nothing is to be said of it. */
  readonly rendering: Rendering | null
}

type Page = Pick<FetchedPage, 'url' | 'html'>

/** All that a page says as it was sent. Throws `page_empty` for one without any content. */
export function readFindings({ url, html }: Page): Findings {
  if (html.trim() === '') throw new MagpieError('page_empty', `The page ${url} is empty.`)
  return findOnPage({ html, url })
}

/**
 * All that a page says, as it was sent or, by the mode, as a browser shows it. Without a browser a page that needs one
 * is read as it was sent, and the answer says how to get one; where it must be rendered, `browser_missing` is thrown.
 * Throws `page_empty`, and what rendering throws.
 */
export async function readPage(page: Page, terms: ReadTerms, signal: AbortSignal): Promise<PageRead> {
  const asSent = readFindings(page)
  const isAsked = terms.mode === 'always'
  const needed = isAsked ? null : looksLikeShell({ html: page.html, candidates: asSent.candidates })
  if (!isAsked && needed === null) return { url: page.url, findings: asSent, rendering: null }
  if (terms.mode === 'never') {
    const hint =
      'It was read as it was sent; --render, or render: when-needed in its policy, has a browser render it.'
    return { url: page.url, findings: asSent, rendering: { needed, done: false, hint } }
  }
  try {
    const rendered = await terms.browser.render({ ...page, page: documents(terms.fetcherAt) }, signal)
    const hint = limitHint(rendered)
    return {
      url: rendered.url,
      findings: findOnPage({ html: withSeen(rendered), url: rendered.url }),
      rendering: { needed, done: true, hint },
    }
  } catch (thrown) {
    const { code, remedy, message } = asMagpieError(thrown)
    const isWithout = code === 'browser_missing' || code === 'browser_failed'
    // Read as it was sent, a page would lose the pictures that only its rendering had.
    if (!isWithout || isAsked || terms.wasRendered) throw thrown
    const hint = `${message} ${remedy} [${code}]`
    return { url: page.url, findings: asSent, rendering: { needed, done: false, hint } }
  }
}

// Asked without validators, no source answers that nothing has changed.
const documents = (fetcherAt: ReadTerms['fetcherAt']) => async (url: string, signal: AbortSignal) =>
  (await fetcherAt(url).page(url, null, signal))!

const limitHint = ({ limits }: Rendered) =>
  limits.length > 0
    ? `There may be more: its rendering met its limit of ${limits.join(' and ')} (RENDER_TIMEOUT_MS, RENDER_MAX_REQUESTS, RENDER_MAX_BYTES).`
    : null

/**
 * The page's markup, and after its end, as hints that it fetches them, the pictures that it asked for and that stand
 * nowhere in it. What only looks like a beacon is left out: of a picture that we answered ourselves the address is all
 * that is known.
 */
function withSeen({ html, pictures }: Rendered): string {
  const extra = pictures.filter(
    ({ url, isPicture }) => (isPicture || looksLikePicture(url)) && !isNamed(html, url),
  )
  return html + extra.map(({ url }) => `<link rel="preload" as="image" href="${quoted(url)}">`).join('')
}

/** Whether the page itself names a picture: whole, or from its path on. */
function isNamed(html: string, url: string): boolean {
  const { pathname, search } = new URL(url)
  return html.includes(quoted(url)) || html.includes(quoted(pathname + search))
}

const quoted = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;')

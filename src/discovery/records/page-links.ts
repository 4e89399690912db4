import type { Element } from 'domhandler'
import { normalUrl } from '../normal-url.ts'
import { looksLikePicture } from '../read/page-url.ts'
import { firstThat } from '../read/first-that.ts'
import type { Span } from '../read/reading.ts'
import type { Visit } from '../read/walk.ts'

/** A link to another page, or what stands for one where entries have none. */
export interface PageLink {
  readonly element: Element
  readonly url: string | null
  /** Links with one target lead to one page. */
  readonly target: string
  readonly order: number
}

/** More links are not compared. */
const maxLinks = 30_000
const elsewhere = /^(?:#(?![!/])|javascript:|mailto:|tel:|sms:|whatsapp:|data:|about:)/i

/** Gathers links to other pages while the page is read; `here` is the page's base. */
export function linkGatherer(here: string) {
  const links: PageLink[] = []
  const own = withoutHash(here)
  return {
    links: links as readonly PageLink[],
    note({ element, scope, order }: Visit) {
      const href = element.name === 'a' ? element.attribs['href'] : clickTarget(element)
      if (!href || scope.copy || links.length >= maxLinks) return
      const link = linkTo(href, here)
      if (link && link.target !== own) links.push({ element, order, ...link })
    },
  }
}

function linkTo(href: string, base: string): { url: string; target: string } | null {
  const text = href.trim()
  if (!text || text.length > 4096 || elsewhere.test(text) || looksLikePicture(text)) return null
  const url = URL.parse(text, base)
  return url && /^https?:$/.test(url.protocol) ? { url: url.href, target: withoutHash(url.href) } : null
}

/** Some sites write a page's address behind `#!` or `#/`. */
function withoutHash(url: string): string {
  const route = /#[!/].*$/.exec(url)?.[0] ?? ''
  return normalUrl(url) + route
}

/** Cards that are links by script say their target in an attribute. */
function clickTarget({ name, attribs }: Element): string | null {
  const said = attribs['data-href'] ?? attribs['data-link'] ?? attribs['data-url']
  if (said && name !== 'img' && !/^(?:button|input|form|script)$/.test(name) && /[/.]/.test(said)) return said
  const click = attribs['onclick']
  if (!click || name === 'button') return null
  return /\blocation(?:\.href)?\s*=\s*["']([^"']+)["']/.exec(click)?.[1] ?? null
}

/** The links in a span, out of all in page order. */
export function linksWithin(links: readonly PageLink[], { from, to }: Span): readonly PageLink[] {
  const first = firstThat(links, ({ order }) => order >= from)
  const behind = firstThat(links, ({ order }) => order > to)
  return links.slice(first, behind)
}

import type { Element, ParentNode } from 'domhandler'
import { isTag } from 'domhandler'
import { rawText, oneLine, tellingWords, textOf } from './words.ts'

/** What a page says of itself as a whole. */
export interface PageFacts {
  /** Its own address. */
  readonly url: string
  /** What relative URLs are resolved against. */
  readonly base: string
  readonly title: string | null
  /** The words of the first heading, and those of the title: either may name the page's subject. */
  readonly titles: readonly ReadonlySet<string>[]
  /** Long numbers and codes in the page's own address: often the item's, and then in its pictures' names too. */
  readonly codes: readonly string[]
}

/** Reads base, title and heading; `url` is the page's own address. */
export function pageFacts(root: ParentNode, url: string): PageFacts {
  const first = firstOf(root, ['base', 'title', 'h1'])
  const base = first.base?.attribs['href']
  const title = first.title ? oneLine(rawText(first.title)) : null
  const heading = first.h1 ? textOf(first.h1) : null
  return {
    url,
    base: base && isWebUrl(base, url) ? withoutHash(new URL(base.trim(), url)) : withoutHash(new URL(url)),
    title: title ?? heading,
    titles: [tellingWords(heading ?? ''), tellingWords(subjectOf(title ?? ''))],
    codes: codesIn(url),
  }
}

/** Of the path and the query; a host's port or name is the same for all of its pages. */
function codesIn(url: string): readonly string[] {
  const { pathname = '', search = '' } = URL.parse(url) ?? {}
  const codes = `${pathname}${search}`.match(/(?=[a-z]{0,12}\d)[a-z\d]{5,}/gi) ?? []
  return codes.map((code) => code.toLowerCase())
}

/** A title also names the site and its department; the longest part names the page. */
function subjectOf(title: string): string {
  return title.split(/\s[-–—|·:•»]\s/).reduce((best, part) => (part.length > best.length ? part : best), '')
}

const isWebUrl = (text: string, base: string) =>
  text.trim() !== '' &&
  URL.canParse(text.trim(), base) &&
  /^https?:$/.test(new URL(text.trim(), base).protocol)

function withoutHash(url: URL): string {
  url.hash = ''
  return url.href
}

type Wanted = 'base' | 'title' | 'h1'

/** The first of each element that has something to say, in document order. */
function firstOf(root: ParentNode, names: readonly Wanted[]): Partial<Record<Wanted, Element>> {
  const found: Partial<Record<Wanted, Element>> = {}
  const open: ParentNode[] = [root]
  while (open.length) {
    const node = open.pop()!
    if (isTag(node)) {
      const name = names.find((one) => one === node.name)
      const speaks =
        name === 'base' ? 'href' in node.attribs : name === 'title' ? inHtml(node) : name && textOf(node)
      if (name && speaks) found[name] ??= node
    }
    for (let at = node.children.length - 1; at >= 0; at--) {
      const child = node.children[at]!
      if (isTag(child)) open.push(child)
    }
  }
  return found
}

/** A drawing has a title of its own. */
const inHtml = (element: Element) =>
  !(element.parent && isTag(element.parent) && /^(?:svg|g|symbol)$/.test(element.parent.name))

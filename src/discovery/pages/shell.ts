import type { Element, ParentNode } from 'domhandler'
import { isTag, isText } from 'domhandler'
import type { FoundCandidate } from '../finder.ts'
import { parsePage } from '../read/parse-page.ts'
import { oneLine } from '../read/words.ts'

/** So many pictures of something, and the page shows what it has to show. */
const enoughPictures = 2
/** Characters that a reader sees: a page with fewer says hardly anything, one with more is read for its text. */
const hardlyAnyText = 200
const someText = 800
const muchText = 3000

/** Where frameworks put what their scripts make. */
const mount =
  /^(?:root|app|application|__next|___gatsby|__nuxt|__layout|svelte|q-app|main-app|react-root|app-root|mount)$/i
const mountNames = new Set(['app-root', 'ion-app', 'shop-app'])
/** In every language it has its own name. */
const wantsScripts = /java\s?script/i

/** What is seen of a page at a glance. */
interface Glance {
  readonly text: number
  readonly scripts: number
  /** "#root", where scripts are to put the page and have not. */
  readonly emptyMount: string | null
  readonly asksForScripts: boolean
}

/**
 * Why a page seems to be a shell that scripts fill in, for people; null for one that shows what it has. Goes by the
 * pictures that were found on it, its text, and where frameworks put theirs.
 */
export function looksLikeShell({
  html,
  candidates,
}: {
  readonly html: string
  readonly candidates: readonly FoundCandidate[]
}): string | null {
  const shown = candidates.filter(
    ({ expected, foundIn }) => expected.kind !== 'graphic' && foundIn !== 'meta',
  )
  if (shown.length >= enoughPictures) return null
  const { text, scripts, emptyMount, asksForScripts } = glanceAt(parsePage(html))
  if (scripts === 0 || text >= muchText) return null
  if (emptyMount) return `its ${emptyMount} is empty until scripts fill it`
  if (text < someText && asksForScripts) return 'it says that it needs JavaScript'
  if (text < hardlyAnyText && shown.length === 0) return 'it has scripts, but hardly any text and no pictures'
  return null
}

const unseen = /^(?:script|style|noscript|template|textarea|title|option|svg)$/

function glanceAt(root: ParentNode): Glance {
  let [text, scripts, asksForScripts] = [0, 0, false]
  let emptyMount: string | null = null
  const open: ParentNode[] = [root]
  while (open.length > 0) {
    const node = open.pop()!
    if (isTag(node)) {
      if (node.name === 'script') scripts += isProgram(node) ? 1 : 0
      if (node.name === 'noscript') asksForScripts ||= wantsScripts.test(allText(node))
      if (unseen.test(node.name)) continue
      emptyMount ??= isMount(node) && isEmpty(node) ? nameOf(node) : null
    }
    for (const child of node.children) {
      if (isTag(child)) open.push(child)
      else if (isText(child)) text += child.data.trim().length
    }
  }
  return { text, scripts, emptyMount, asksForScripts }
}

/** A script that runs and does something, not data; a short one, if it loads or builds something. */
function isProgram({ attribs, children }: Element): boolean {
  if (/json|html|template|importmap|speculationrules/i.test(attribs['type'] ?? '')) return false
  const text = children.reduce((all, child) => (isText(child) ? all + child.data.slice(0, 5_000) : all), '')
  return 'src' in attribs || text.length > 500 || builds.test(text)
}

const builds =
  /\bimport\b|\bfetch\s*\(|XMLHttpRequest|innerHTML|createElement|appendChild|\.(?:render|mount)\s*\(/

const isMount = ({ name, attribs }: Element) =>
  mountNames.has(name) || mount.test(attribs['id'] ?? '') || 'ng-app' in attribs

const nameOf = ({ name, attribs }: Element) =>
  attribs['id'] ? `#${attribs['id'].slice(0, 40)}` : `<${name}>`

/** Nothing in it but what says that something is coming. */
const isEmpty = (element: Element) => allText(element).length < 80

/** The first text in an element, as far as a hint goes. */
function allText(element: Element): string {
  let text = ''
  let seen = 0
  const open: ParentNode[] = [element]
  while (open.length > 0 && text.length < 1000 && seen++ < 2000) {
    const node = open.pop()!
    for (const child of node.children) {
      if (isText(child)) text += ` ${child.data}`
      else if (isTag(child) && child.name !== 'script' && child.name !== 'style') open.push(child)
    }
  }
  return oneLine(text) ?? ''
}

import type { Element, ParentNode } from 'domhandler'
import { isTag, isText } from 'domhandler'

/** Class lists repeat: those of this many names are remembered. */
const maxKnown = 5_000
const knownWords = new Map<string, readonly string[]>()

/** The words of a class list, a key or a file name, in lower case: `mainImage_zoom-2` → main, image, zoom, 2. */
export function wordsOf(name: string): readonly string[] {
  const known = knownWords.get(name)
  if (known) return known
  const words =
    name
      .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
      .toLowerCase()
      .match(/\p{L}+|\d+/gu) ?? []
  if (knownWords.size >= maxKnown) knownWords.clear()
  if (name.length < 200) knownWords.set(name, words)
  return words
}

/** Words that carry meaning in a title or an alternative text: three letters, or a number. */
export function tellingWords(text: string): ReadonlySet<string> {
  return new Set(
    (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).filter((word) => /^\p{N}+$|.{3}/u.test(word)),
  )
}

/** Texts longer than this are cut: they are hints, not contents. */
const maxText = 300

/** One line, trimmed and cut; null when there is nothing. */
export function oneLine(text: string | null | undefined): string | null {
  const line = text
    ?.slice(0, 4 * maxText)
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, maxText)
  return line || null
}

const readTexts = new WeakMap<ParentNode, string | null>()

/** What a reader sees of an element's text; reading stops once there is enough for a hint. */
export function textOf(node: ParentNode): string | null {
  const known = readTexts.get(node)
  if (known !== undefined) return known
  let text = ''
  let seen = 0
  const open = node.children.slice(0, 500).reverse()
  while (open.length && text.length < maxText && seen++ < 500) {
    const next = open.pop()!
    if (isText(next)) text += next.data.slice(0, maxText * 4)
    else if (isTag(next) && next.name !== 'script' && next.name !== 'style') {
      text += ' '
      open.push(...next.children.slice(0, 500).reverse())
    }
  }
  const line = oneLine(text)
  readTexts.set(node, line)
  return line
}

/** All text directly inside an element, as in a script, a style sheet or an escaped copy. */
export function rawText(element: Element): string {
  let text = ''
  for (const child of element.children) if (isText(child)) text += child.data
  return text
}

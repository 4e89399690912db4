import type { Element, ParentNode } from 'domhandler'
import { isTag } from 'domhandler'
import { unflattened } from './flat-json.ts'
import { flightPieces } from './flight.ts'
import { looseJson } from './loose-json.ts'
import { scriptValues } from './script-values.ts'
import { rawText } from './words.ts'

/** A value that a page's script holds, with the name it has there. */
export interface PageValue {
  readonly path: string
  readonly value: unknown
}

/** What one script of a page says: its values, and the text that is none. */
export interface ScriptContents {
  readonly values: readonly PageValue[]
  readonly rest: string
}

const nothing: ScriptContents = { values: [], rest: '' }
const known = new WeakMap<Element, ScriptContents>()

/**
 * Reads a script as data, once: JSON of whatever kind (application state, JSON-LD), or literals in JavaScript. Templates
 * and scripts that are elsewhere hold nothing. Of a stream of pieces each script holds what it brings to an end.
 */
export function contentsOf(script: Element): ScriptContents {
  const before = known.get(script)
  if (before) return before
  const contents = read(script)
  known.set(script, contents)
  return contents
}

function read(script: Element): ScriptContents {
  const type = script.attribs['type']?.toLowerCase() ?? ''
  if (script.name !== 'script' || script.attribs['src'] || /html|template/.test(type)) return nothing
  const text = rawText(script)
  if (/json/.test(type)) return inJson(script, text)
  if (isOfFlight(text)) {
    readFlight(script)
    return known.get(script) ?? nothing
  }
  return text.length < 20 ? { values: [], rest: text } : inScript(text)
}

function inJson({ attribs }: Element, text: string): ScriptContents {
  const value = looseJson(/^\s*[[{]\s*&q;/.test(text) ? unescaped(text) : text)
  if (value === null) return { values: [], rest: text }
  const isFlat = attribs['id'] === '__NUXT_DATA__' || 'data-nuxt-data' in attribs
  return { values: [{ path: attribs['id'] ?? '', value: isFlat ? unflattened(value) : value }], rest: '' }
}

const signs: Readonly<Record<string, string>> = { q: '"', s: "'", a: '&', l: '<', g: '>' }

/** Angular's own escapes, before it wrote JSON as others do. */
const unescaped = (text: string) => text.replace(/&([qsalg]);/g, (_, sign: string) => signs[sign]!)

function inScript(text: string): ScriptContents {
  const values = scriptValues(text)
  let at = 0
  let rest = ''
  for (const { from, to } of values) {
    rest += text.slice(at, from)
    at = to
  }
  rest += text.slice(at)
  return { values: [...values, ...inEncoded(rest)], rest }
}

const encoded = /["'](%(?:7[bB]|5[bB])[^"'\s]+)["']/g
const nameBefore = /([\w$.]{1,60})\s{0,9}=\s{0,9}(?:[\w.]{1,40}\(\s{0,9}){0,2}$/

/** JSON that a script keeps as if it were to be a part of a URL. */
const inEncoded = (text: string): readonly PageValue[] =>
  [...text.matchAll(encoded)].flatMap(({ 1: inner = '', index }) => {
    const value = looseJson(decoded(inner))
    const path = nameBefore.exec(text.slice(Math.max(0, index - 150), index))?.[1] ?? ''
    return value === null ? [] : [{ path, value }]
  })

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

/** Next.js streams its state as pieces of text, which are no data each by itself. */
const isOfFlight = (text: string) => text.includes('__next_f.push')

function readFlight(one: Element): void {
  const scripts = scriptsBeside(one).filter((script) => isOfFlight(rawText(script)))
  const said = scripts.map((script) =>
    scriptValues(rawText(script))
      .map(({ value }) => pieceIn(value))
      .join(''),
  )
  flightPieces(said).forEach((contents, at) => known.set(scripts[at]!, contents))
}

const pieceIn = (value: unknown) =>
  Array.isArray(value) && value[0] === 1 && typeof value[1] === 'string' ? value[1] : ''

/** All scripts of the page that one is of, as they stand there. */
function scriptsBeside(one: Element): readonly Element[] {
  let root: ParentNode = one
  while (root.parent) root = root.parent
  const found: Element[] = []
  const open: ParentNode[] = [root]
  for (let next = open.pop(); next; next = open.pop()) {
    if (isTag(next) && next.name === 'script') found.push(next)
    for (let at = next.children.length - 1; at >= 0; at--) {
      const child = next.children[at]!
      if (isTag(child)) open.push(child)
    }
  }
  return found
}

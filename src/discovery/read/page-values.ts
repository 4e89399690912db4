import type { Element } from 'domhandler'
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
 * and scripts that are elsewhere hold nothing.
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
  if (/json/.test(type)) {
    const value = looseJson(text)
    const values = value === null ? [] : [{ path: script.attribs['id'] ?? '', value }]
    return { values, rest: value === null ? text : '' }
  }
  // Next.js streams its state as pieces of text, which are no JSON each by itself.
  if (text.length < 20 || text.includes('__next_f.push')) return { values: [], rest: text }
  const values = scriptValues(text)
  let at = 0
  let rest = ''
  for (const { from, to } of values) {
    rest += text.slice(at, from)
    at = to
  }
  return { values, rest: rest + text.slice(at) }
}

/** A value written in a script, with the name that it is given there. */
export interface ScriptValue {
  /** `window.__NUXT__`, `galleryImages`, `JSON.parse`; empty where it has none. */
  readonly path: string
  readonly value: unknown
  /** Where in the text it begins, and where it ends. */
  readonly from: number
  readonly to: number
}

/** Values nest no deeper than this. */
const maxDepth = 200
/** Characters that are read for all values together, as a multiple of the text's length: what fails is read in vain. */
const maxReadings = 4
const opening = /(?:[=(:,?&|]|\breturn)\s{0,20}(?=[[{])/g
const nameBefore = /([\w$.[\]'"-]{1,80}?)["']?\s{0,20}[=(:]\s{0,20}$/

/**
 * The arrays and objects that a script's text holds as literals, the outermost of each: JSON, and JavaScript as far as
 * it says plain data (single quotes, names without quotes, `undefined`, `!0`, trailing commas, comments). Expressions
 * inside a literal count as null. Nothing is run.
 */
export function scriptValues(text: string): readonly ScriptValue[] {
  const found: ScriptValue[] = []
  let budget = maxReadings * text.length + 10_000
  opening.lastIndex = 0
  for (let match = opening.exec(text); match && budget > 0; match = opening.exec(text)) {
    const from = opening.lastIndex
    const { value, to } = readLiteral(text, from)
    budget -= to - from
    if (value === undefined) continue
    const path = nameBefore.exec(text.slice(Math.max(0, from - 100), from))?.[1] ?? ''
    found.push({ path: path.replace(/["']/g, ''), value, from, to })
    opening.lastIndex = to
  }
  return found
}

/** The array or object that begins at a place, and where it ends; undefined, and how far it was read, where none ends. */
function readLiteral(text: string, from: number): { value: unknown; to: number } {
  const reader = { text, at: from }
  const value = collection(reader)
  return { value, to: reader.at }
}

interface Reader {
  readonly text: string
  at: number
}

/** An array or object that is not closed yet. */
interface Open {
  readonly into: unknown[] | Record<string, unknown>
  readonly close: ']' | '}'
  key: string | null
}

/** Without recursion; undefined when the text does not close what it opens. */
function collection(reader: Reader): unknown {
  const stack: Open[] = []
  let result: unknown
  do {
    skipBlanks(reader)
    const sign = reader.text[reader.at]
    if (sign === undefined || stack.length > maxDepth) return undefined
    const top = stack.at(-1)
    if (top && sign === top.close) {
      reader.at++
      result = stack.pop()!.into
      if (stack.length && !afterValue(reader, stack.at(-1)!)) return undefined
    } else if (top?.close === '}' && top.key === null) {
      if (!keyed(reader, top)) return undefined
    } else if (sign === '{' || sign === '[') {
      reader.at++
      const into = sign === '{' ? {} : []
      if (top) put(top, into)
      stack.push({ into, close: sign === '{' ? '}' : ']', key: null })
    } else {
      put(top!, scalar(reader, top!.close))
      if (!afterValue(reader, top!)) return undefined
    }
  } while (stack.length)
  return result
}

function put(open: Open, value: unknown): void {
  if (Array.isArray(open.into)) open.into.push(value)
  else if (open.key !== null && open.key !== '__proto__') open.into[open.key] = value
}

/** A comma, or the end of what is open; anything else is an expression, which is passed over. */
function afterValue(reader: Reader, open: Open): boolean {
  skipBlanks(reader)
  if (
    reader.text[reader.at] !== ',' &&
    reader.text[reader.at] !== open.close &&
    !skipExpression(reader, open.close)
  )
    return false
  if (reader.text[reader.at] === ',') reader.at++
  open.key = null
  return true
}

const bareKey = /[\w$-]+/y

function keyed(reader: Reader, open: Open): boolean {
  const sign = reader.text[reader.at]!
  if (sign === ',') {
    reader.at++
    return true
  }
  const key = sign === '"' || sign === "'" ? quoted(reader) : match(reader, bareKey)
  if (key === null) return false
  skipBlanks(reader)
  if (reader.text[reader.at] !== ':') return false
  reader.at++
  open.key = key
  return true
}

const number = /-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/iy
const names: Readonly<Record<string, unknown>> = { true: true, false: false, '!0': true, '!1': false }
const named = /!?[\w$]+/y

function scalar(reader: Reader, close: string): unknown {
  const sign = reader.text[reader.at]!
  if (sign === '"' || sign === "'" || sign === '`') return quoted(reader)
  const digits = match(reader, number)
  if (digits !== null) return Number(digits)
  const name = match(reader, named)
  if (name !== null && Object.hasOwn(names, name)) return names[name]
  if (name === null) skipExpression(reader, close)
  return null
}

function match(reader: Reader, pattern: RegExp): string | null {
  pattern.lastIndex = reader.at
  const found = pattern.exec(reader.text)?.[0] ?? null
  if (found !== null) reader.at += found.length
  return found
}

const spaces = /\s+/y

/** Moves past spaces and comments; past everything where a comment does not end. */
function skipBlanks(reader: Reader): void {
  const { text } = reader
  for (;;) {
    const code = text.charCodeAt(reader.at)
    if (code === 47 && text[reader.at + 1] === '/') reader.at = endAt(text.indexOf('\n', reader.at), text)
    else if (code === 47 && text[reader.at + 1] === '*')
      reader.at = endAt(text.indexOf('*/', reader.at + 2) + 1, text) + 1
    else if (code <= 32 || code >= 128) {
      if (match(reader, spaces) === null) return
    } else return
  }
}

const endAt = (found: number, text: string) => (found > 0 ? found : text.length)

const plainString = { '"': /[^"\\\n]*/y, "'": /[^'\\\n]*/y, '`': /[^`\\]*/y } as const
const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  0: '',
}

/** A string with its escapes undone; null where it does not end. */
function quoted(reader: Reader): string | null {
  const sign = reader.text[reader.at] as '"' | "'" | '`'
  reader.at++
  let text = ''
  while (reader.at < reader.text.length) {
    text += match(reader, plainString[sign])
    const next = reader.text[reader.at]
    if (next === sign) {
      reader.at++
      return text
    }
    if (next !== '\\') return null
    text += escaped(reader)
  }
  return null
}

function escaped(reader: Reader): string {
  const { text } = reader
  const sign = text[reader.at + 1] ?? ''
  const length = sign === 'u' ? 4 : sign === 'x' ? 2 : 0
  const hex = length ? text.slice(reader.at + 2, reader.at + 2 + length) : ''
  if (length && /^[\da-f]+$/i.test(hex) && hex.length === length) {
    reader.at += 2 + length
    return String.fromCharCode(parseInt(hex, 16))
  }
  reader.at += 2
  return Object.hasOwn(escapes, sign) ? escapes[sign]! : sign === '\n' ? '' : sign
}

/** Moves to the comma or the bracket that ends an expression; false where none does. */
function skipExpression(reader: Reader, close: string): boolean {
  const { text } = reader
  let depth = 0
  for (; reader.at < text.length; reader.at++) {
    const sign = text[reader.at]!
    if (sign === '"' || sign === "'" || sign === '`') {
      if (quoted(reader) === null) return false
      reader.at--
    } else if (depth === 0 && (sign === ',' || sign === close)) return true
    else if (sign === '(' || sign === '[' || sign === '{') depth++
    else if (sign === ')' || sign === ']' || sign === '}') {
      if (--depth < 0) return false
    } else if (sign === ';' && depth === 0) return false
  }
  return false
}

/** HTML that is safe to send: text is escaped on its way in. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Part = Html | string | number | null | undefined | false | readonly Part[]

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const toText = (part: Part): string => {
  if (part instanceof Html) return part.text
  if (typeof part === 'object' && part !== null) return part.map(toText).join('')
  if (part === null || part === undefined || part === false) return ''
  return String(part).replaceAll(/[&<>"']/g, (character) => escapes[character]!)
}

/** A template whose values are escaped, unless they are HTML themselves; null and false are nothing. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html =>
  new Html(strings.map((text, at) => text + (at < parts.length ? toText(parts[at]) : '')).join(''))

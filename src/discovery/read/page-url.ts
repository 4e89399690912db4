const template = /[<>]|\{\{|\$\{|<%|%7b|\{[\w.-]*\}|\[[A-Z_]+\]/i
const filled = /^(?:undefined|null|none|false|true|nan|\[object object\])$/i
const file = /\.(?:jpe?g|jfif|png|webp|avif|gif|bmp|tiff?|heic|svg)(?=$|[?#&/;,_:!@)])/i
const service =
  /\/is\/image\/|\/image;s=\d+x\d+|\/image\/upload\/|\/images\/I\/|\/_next\/image\?|[?&](?:format|fmt|fm)=(?:jpe?g|png|webp|avif)/i
const document = /\.(?:pdf|mp4|webm|mov|html?|js|css|json|xml|docx?|zip)(?:$|[?#])/i
/** Longer ones are refused by servers, and are bytes in disguise. */
const maxUrl = 4096

/** Whether a text can be taken for the URL of a picture by itself, without an attribute that says so. */
export function looksLikePicture(text: string): boolean {
  if (text.length > maxUrl || text.length < 5 || /[\s<>"'`{}]/.test(text.trim())) return false
  if (!/^(?:https?:|\/|\.{1,2}\/|[\w%-]+[/.])/i.test(text) || text.startsWith('data:')) return false
  return file.test(text) || (/^(?:https?:)?\/\//i.test(text) && service.test(text) && !document.test(text))
}

/** Whether a URL ends as what is no picture. */
export const isDocument = (url: string): boolean => document.test(url)

/** Undoes what scripts and attributes inside attributes do to a URL: `\\/`, `\\u002F`, `\\x2F`, `&amp;`. */
export function unescapeUrl(text: string): string {
  if (!/[\\&]/.test(text)) return text
  return text
    .replace(/\\u00([0-9a-f]{2})|\\x([0-9a-f]{2})/gi, (_, unicode: string, hex: string) =>
      String.fromCharCode(parseInt(unicode || hex, 16)),
    )
    .replaceAll('\\/', '/')
    .replaceAll('&amp;', '&')
}

/** What a written URL comes to: an absolute http(s) URL without fragment, or why it is none. */
export type Resolved = { readonly url: string } | { readonly not: 'data' | 'unusable' | 'empty' }

/** Resolves URLs as written on a page: relative, protocol-relative, with spaces, backslashes or escapes of scripts. */
export function resolvePageUrl(written: string, base: string): Resolved {
  const text = written.trim()
  if (text === '' || text.startsWith('#')) return { not: 'empty' }
  if (/^["']?data:/i.test(text)) return { not: 'data' }
  if (text.length > maxUrl || template.test(text) || filled.test(text)) return { not: 'unusable' }
  const unescaped = unescapeUrl(text)
  const url = URL.parse(unescaped, base)
  if (!url) return { not: 'unusable' }
  if (url.hash || url.href.endsWith('#')) url.hash = ''
  return /^https?:$/.test(url.protocol) && url.href !== base ? { url: url.href } : { not: 'unusable' }
}

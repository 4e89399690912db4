import { isDocument, looksLikePicture, unescapeUrl } from './page-url.ts'
import type { WrittenUrl } from './sighting.ts'

/** Keys whose value is a picture, whatever its address looks like: `image`, `coverPhoto`, `image_url`, `photos`. */
const pictureKey = /(?:^|[a-z\d_-])(?:image|photo|picture|img)s?(?:[_-]?(?:url|uri|src)s?)?$/i
/** A size for a key: `"1280x960": url`. */
const sizeKey = /^(\d{2,5})x\d{2,5}$/
const address = /^(?:https?:)?\/\/[^/\s]+\/[^\s]{3}|^\/[^/\s][^\s]{3}/i

/** Whether a text in data is a picture's address, by itself or by the key that it stands under. */
export function isPictureUnder(key: string, text: string): boolean {
  return isPicture(text) || ((pictureKey.test(key) || sizeKey.test(key)) && mayBePicture(text))
}

/**
 * Whether an object's text under a key is one, as the object says how large it is: by `src`, or by `url` in what is called
 * a picture and names no other. Pages that open in a window say their size too.
 */
export function isSizedSource(
  key: string,
  { text, within, object }: { text: string; within: string; object: Record<string, unknown> },
): boolean {
  if (!isLength(object['width']) || !isLength(object['height']) || !mayBePicture(text)) return false
  if (key === 'src') return true
  const others = Object.values(object).filter((one) => typeof one === 'string' && isPicture(one))
  return key === 'url' && pictureKey.test(within) && others.length === 0
}

/** The width that a key says of a picture, in pixels. */
export function widthOfKey(key: string): number | null {
  const width = sizeKey.exec(key)?.[1]
  return width === undefined ? null : Number(width)
}

export function isPicture(text: string): boolean {
  return looksLikePicture(unescapeUrl(text)) && !/\.svg(?:$|[?#])/i.test(text)
}

/** An address that ends as no file, or as none but a picture's; not a folder, which is a page. */
function mayBePicture(text: string): boolean {
  if (text.length > 4096 || !address.test(text) || /[<>"'`{}]/.test(text)) return false
  const bare = unescapeUrl(text)
  return !isDocument(bare) && !/\.svg(?:$|[?#])|\/(?:$|[?#])/i.test(bare)
}

const isLength = (value: unknown) => Number(value) > 0 && Number(value) < 100_000

/**
 * The pictures of a list that gives one picture at several widths, as one: objects with an address and a width, whose
 * addresses differ by that width alone. Null for any other list.
 */
export function oneAtSeveralWidths(list: readonly unknown[]): readonly WrittenUrl[] | null {
  if (list.length < 2 || list.length > 40) return null
  const urls: WrittenUrl[] = []
  let stem: string | null = null
  for (const one of list) {
    if (!one || typeof one !== 'object') return null
    const { url, src, width } = one as Record<string, unknown>
    const text = url ?? src
    if (typeof text !== 'string' || !isLength(width) || !mayBePicture(text)) return null
    const bare: string = text.replace(new RegExp(`(?<!\\d)${Number(width)}(?!\\d)`, 'g'), '#')
    if (!bare.includes('#') || (stem ??= bare) !== bare) return null
    urls.push({ text, grade: 'shown', width: Number(width) })
  }
  return urls
}

import { isPicture, isPictureUnder, isSizedSource, oneAtSeveralWidths, widthOfKey } from './picture-keys.ts'
import type { Grade, WrittenUrl } from './sighting.ts'
import { oneLine, wordsOf } from './words.ts'

/** A picture in a JSON value, with the keys that lead to it. */
export interface JsonPicture {
  readonly urls: readonly WrittenUrl[]
  readonly label: string
  /** What the object around it says in words. */
  readonly altText: string | null
}

/** What one value may give; a catalogue in a script is not a page's gallery. */
const maxPictures = 5_000
const maxValues = 500_000
const small = new Set('thumb thumbs thumbnail thumbnails small mini tiny icon preview xs'.split(' '))
const large = new Set(
  'large big full zoom hi hires hd original orig max xl zoomed fullsize highres'.split(' '),
)
const same =
  /^(?:src|url|uri|href|image|img|main|medium|normal|contentUrl|imageUrl|image_url|link|path|source)$/i

/** What the name of a key or attribute promises of a URL's size. */
export function gradeOf(name: string, otherwise: Grade): Grade {
  const words = wordsOf(name)
  if (words.some((word) => large.has(word))) return 'large'
  return words.some((word) => small.has(word)) ? 'small' : otherwise
}

/**
 * The pictures in a JSON value in the order written. Strings of one object whose keys differ by size only (`thumb`,
 * `large`, `url`) are one picture, and so are the keys of a map from URL to bounds, as Amazon writes it.
 */
export function picturesInJson(value: unknown): readonly JsonPicture[] {
  const found: JsonPicture[] = []
  const open: Place[] = [{ value, label: '', title: null, below: 0 }]
  let seen = 0
  while (open.length && found.length < maxPictures && seen++ < maxValues) {
    const { value: next, label, title, below } = open.pop()!
    const inherited = below <= titleReach ? title : null
    if (typeof next === 'string') {
      if (isPictureUnder(lastKey(label), next))
        found.push({ urls: [{ text: next, grade: gradeOf(label, 'shown') }], label, altText: inherited })
    } else if (Array.isArray(next)) {
      const sizes = oneAtSeveralWidths(next)
      if (sizes) found.push({ urls: sizes, label, altText: inherited })
      else
        for (let at = next.length - 1; at >= 0; at--)
          open.push({ value: next[at], label, title, below: below + 1 })
    } else if (next && typeof next === 'object') {
      const urls = picturesOfObject(next as Record<string, unknown>, lastKey(label))
      if (urls.length) found.push({ urls, label, altText: altIn(next) ?? inherited })
      const taken = new Set(urls.map(({ text }) => text))
      const own = titleIn(next)
      for (const [key, inner] of Object.entries(next).reverse())
        if (!(typeof inner === 'string' && taken.has(inner)))
          open.push({
            value: inner,
            label: `${label.slice(-60)} ${key.slice(0, 60)}`,
            title: own ?? title,
            below: own ? 0 : below + 1,
          })
    }
  }
  return found
}

/** A value that is still to be looked at. */
interface Place {
  readonly value: unknown
  readonly label: string
  /** What the nearest object around it is called, and how far up that is. */
  readonly title: string | null
  readonly below: number
}

/** An object's name speaks for the pictures this many levels below it: `{ name, media: { images: [{ url }] } }`. */
const titleReach = 4

function titleIn(object: object): string | null {
  const { title, name, productName, headline } = object as Record<string, unknown>
  const said = [title, name, productName, headline].find(
    (one) => typeof one === 'string' && one.includes(' '),
  )
  return typeof said === 'string' ? oneLine(said) : null
}

const lastKey = (label: string) => label.slice(label.lastIndexOf(' ') + 1)

function altIn(object: object): string | null {
  const { alt, altText, alternativeText, caption } = object as Record<string, unknown>
  const said = [alt, altText, alternativeText, caption].find((one) => typeof one === 'string')
  return typeof said === 'string' ? oneLine(said) : null
}

function picturesOfObject(object: Record<string, unknown>, within: string): readonly WrittenUrl[] {
  const { width, height } = object
  return Object.entries(object).flatMap(([key, value]): WrittenUrl[] => {
    if (Array.isArray(value) && value.length === 2 && typeof value[0] === 'number' && isPicture(key))
      return [{ text: key, grade: 'shown', width: Math.max(1, Number(value[0])) }]
    if (typeof value !== 'string') return []
    const ownWidth = widthOfKey(key)
    if (ownWidth !== null && isPictureUnder(key, value))
      return [{ text: value, grade: 'shown', width: Math.max(1, ownWidth) }]
    if (!isPictureUnder(key, value) && !isSizedSource(key, { text: value, within, object })) return []
    const grade = gradeOf(key, 'shown')
    if (grade === 'shown' && !same.test(key)) return []
    const isSized = typeof width === 'number' && typeof height === 'number' && grade === 'shown'
    return [{ text: value, grade, ...(isSized && { width }) }]
  })
}

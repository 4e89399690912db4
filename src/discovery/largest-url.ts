/** A URL of a picture, with what the page says or promises of its size in pixels. */
export interface SizedUrl {
  readonly url: string
  /** What the place promises: a thumbnail, what is shown first, what is loaded later, a zoom or a link's target. */
  readonly grade: 'small' | 'shown' | 'later' | 'large'
  readonly width?: number
  readonly density?: number
}

const guesses = { small: 100, shown: 400, later: 500, large: 1600 } as const
const wordWidths: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ...widths(60, 'icon tiny pico'),
    ...widths(120, 'thumb thumbs thumbnail thumbnails mini xs'),
    ...widths(240, 'small sm preview'),
    ...widths(500, 'medium med md normal'),
    ...widths(1000, 'large lg big big1 grande'),
    ...widths(1600, 'xl xlarge xxl zoom zoomed hires full fullsize fullxfull original originals orig max'),
  }),
)
const word = `(?:${[...wordWidths.keys()].join('|')})`
const tokens: readonly RegExp[] = [
  // Amazon, eBay, Etsy, Google: a token of their own.
  /\._[A-Z][A-Za-z0-9,_-]{0,60}_(?=\.)/,
  /(?<=\/)s-l\d{2,4}(?=\.)/,
  /(?<=\/il_)(?:\d{2,4}x(?:\d{2,4}|N)|fullxfull)/,
  /=(?:w\d{2,4}|h\d{2,4}|s\d{2,4})(?:-[a-z0-9-]+)?$/,
  // A second name after the file's own says which rendition: AliExpress, AutoScout24, Yandex.
  /(?<=\.(?:jpe?g|png|webp))\/\w{1,12}$/i,
  /(?<=\.(?:jpe?g|png|webp))[_/]\d{2,4}x\d{2,4}[^/]{0,12}$/i,
  /(?<=\/)(?:fit-in\/)?(?:\d{2,4}x\d{2,4}|x\d{2,4}|w\d{2,4})(?=\/)/,
  /(?<=\/)(?:[a-z]{1,2}_[\w.:-]+)(?:,[a-z]{1,3}_[\w.:-]+)+(?=\/)/,
  /\/cache\/[0-9a-f]{32}(?=\/)/,
  /[-_.]?\(?\d{2,4}x\d{0,4}\)?(?:_crop(?:_center)?)?(?=\.\w{3,4}$|$)/i,
  /(?:;(?:s|q|w|h|maxHeight|maxWidth|width|height)=[\dx]+)+/i,
  /@[1-4]x(?=\.\w{3,4}$)/,
  new RegExp(`[-_.]${word}(?=\\.\\w{3,4}$)`, 'i'),
  new RegExp(`(?<=/)${word}(?=/)`, 'i'),
]
const sizeParameters =
  /^(?:w|h|wid|hei|width|height|maxwidth|maxheight|imwidth|imheight|im_?w|im_?h|sw|sh|sm|q|qlt|quality|fmt|format|fm|fit|dpr|auto|crop|resize|size|impolicy|imwidth|ssl|strip|sfrm|f)$/i

function widths(width: number, words: string): Record<string, number> {
  return Object.fromEntries(words.split(' ').map((name) => [name, width]))
}

/**
 * What a URL is without the parts that only say a size, and the width they say: URLs with one key are one picture at
 * several sizes. A null width: nothing in the URL says one.
 */
export function sizeKey(url: string): { readonly key: string; readonly width: number | null } {
  const [address = '', query = ''] = url.split('?', 2)
  let path = address.replace(/^https?:\/\//, '')
  const sizes: string[] = []
  for (const token of tokens)
    path = path.replace(token, (found) => {
      sizes.push(found)
      return ''
    })
  const rest = query.split('&').filter((pair) => {
    const isSize = sizeParameters.test(pair.split('=', 1)[0]!)
    if (isSize && /^(?:w|wid|width|imwidth|im_?w|sw|resize|size)=/i.test(pair)) sizes.push(pair)
    return pair && !isSize
  })
  const stem = path.replace(/\.(?:jpe?g|jfif|png|webp|avif|gif)$/i, '').replaceAll('%2B', '+')
  if (!isTelling(stem)) return { key: url, width: widthIn(sizes) }
  const name = stem.slice(stem.lastIndexOf('/') + 1)
  // Amazon serves one picture from several hosts.
  if (isUnique(name) || /\/images\/[A-Z]\/[\w+-]{9,}$/.test(stem)) return { key: name, width: widthIn(sizes) }
  const folder = stem.split('/').at(-2) ?? ''
  if (isCode(folder)) return { key: `${folder}/${name}`, width: widthIn(sizes) }
  return { key: [stem.replace(/\/{2,}/g, '/'), ...rest].join('&'), width: widthIn(sizes) }
}

/** A long code in a name is a picture's own, on whatever host and in whatever folder it lies. */
function isUnique(name: string): boolean {
  return name.split(/[^A-Za-z\d]/).some((code) => code.length >= 14 && (code.match(/\d/g)?.length ?? 0) >= 6)
}

/** A name that was nothing but a size says nothing of the picture, unless its folder is named by a code. */
function isTelling(stem: string): boolean {
  const [folder = '', name = ''] = stem.split('/').slice(-2)
  return /[\p{L}\p{N}%]/u.test(name) || /^(?=.*\d)[\w~-]{8,}$/.test(folder)
}

/** Digits and letters mixed at length, as a hash is, name one picture's folder; what stands before it is its size. */
const isCode = (text: string) => /^(?=(?:[a-z-]*\d){4})(?=[\d-]*[a-z])[a-z\d-]{16,}$/i.test(text)

function widthIn(sizes: readonly string[]): number | null {
  const numbers: number[] = []
  const words: number[] = []
  for (const size of sizes) {
    // Amazon's tokens name versions too (CB485955017); sizes follow S or U and another letter.
    const said = size.startsWith('._') ? (/_[A-Z_]*?[SU][A-Z](\d{2,4})/.exec(size)?.[1] ?? '') : size
    const number = /\d{2,4}/.exec(said.replace(/[0-9a-f]{32}/, ''))?.[0]
    const named = wordWidths.get(size.replace(/[^a-z\d]/gi, '').toLowerCase())
    if (number) numbers.push(Number(number))
    else if (named) words.push(named)
  }
  // "Original", and cut to 720: what is said in pixels is what comes.
  const said = numbers.length ? numbers : words
  return said.length ? Math.max(...said) : null
}

/**
 * What a URL without a size is taken for, in pixels, where others of the same picture have one: the whole picture, if the
 * size stands in their path; what a service sends to those who ask for none, if it stands in their query.
 */
const wholes = { ofPath: 2400, ofQuery: 1400 } as const

/**
 * The largest of the URLs that a page gives for one picture: by declared width, by the size in the URL, by density, by
 * what the place promises. Of equals the first. Only URLs that the page names; none is made up.
 */
export function largestUrl<Url extends SizedUrl>(urls: readonly Url[]): Url {
  if (urls.length === 1) return urls[0]!
  const keys = urls.map(({ url }) => sizeKey(url))
  const sized = new Map<string, number>()
  keys.forEach(({ key, width }, at) => {
    if (width === null) return
    const isAsked = urls[at]!.url.includes('?') && sizeKey(urls[at]!.url.split('?', 1)[0]!).width === null
    sized.set(key, Math.max(sized.get(key) ?? 0, isAsked ? wholes.ofQuery : wholes.ofPath))
  })
  let best = 0
  let bestWidth = -1
  urls.forEach((url, at) => {
    const { key, width } = keys[at]!
    const whole = width === null && !url.url.includes('/is/image/') ? sized.get(key) : undefined
    const guess = whole ?? width ?? guesses[url.grade]
    const expected = url.width ?? guess * (url.density ?? 1)
    if (expected <= bestWidth) return
    best = at
    bestWidth = expected
  })
  return urls[best]!
}

import { generalRules } from './upgrades/general-rules.ts'
import { proxiedUrl } from './upgrades/proxied-url.ts'
import { isSigned } from './upgrades/signed.ts'
import { sites } from './sites/sites.ts'
import { inPath, type UrlRule } from './upgrades/rule.ts'
import { siteRules } from './upgrades/site-rules.ts'

/** A URL that nobody named and that may lead to a larger version of a picture, and the rule that made it up. */
export interface LargerUrl {
  readonly url: string
  readonly rule: string
}

/** More would be trying doors. */
const mostGuesses = 3

/** The sizes that sites with rules of their own name in their addresses. */
const rulesOfSites: readonly UrlRule[] = sites.flatMap(({ larger = [] }) =>
  larger.map(({ name, from, to }) => {
    const pattern = new RegExp(from)
    return { name, larger: (url: URL) => inPath(url, pattern, to) }
  }),
)
const rules = [...rulesOfSites, ...siteRules, { name: 'proxy', larger: proxiedUrl }, ...generalRules]

/**
 * Where larger versions of a picture may be, best guess first, at most three; none is known to be there, and none to show
 * the same. None for what is no http(s) URL, for a signed one, and for one that names a large size already. A guess is at
 * the same host, but for the original in a proxy's parameter (`proxy`), which may be anywhere: fetch it as carefully as
 * any stranger's URL.
 */
export function largerUrls(url: string): readonly LargerUrl[] {
  const parsed = URL.parse(url)
  if (!parsed || !/^https?:$/.test(parsed.protocol) || isSigned(parsed)) return []
  const found = new Map<string, LargerUrl>()
  for (const { name, larger } of rules) {
    const guess = larger(parsed)
    if (guess !== null && guess !== parsed.href && !found.has(guess))
      found.set(guess, { url: guess, rule: name })
  }
  return [...found.values()].slice(0, mostGuesses)
}

const boxes: readonly RegExp[] = [
  /(?<!\d)(\d{2,4})x(\d{2,4})(?!\d)/,
  /\b(?:s?w|wid|width)[=_](\d{2,4})[&,](?:s?h|hei|height)[=_](\d{2,4})(?!\d)/i,
]

/**
 * Whether a URL names its size by both sides, and equal ones: many services cut their pictures to such sizes, and to no others.
 * Null: by one side, or not at all.
 */
export function namedShape(url: string): 'square' | 'box' | null {
  const [, width, height] = boxes.map((box) => box.exec(url)).find((found) => found !== null) ?? []
  if (width === undefined) return null
  return width === height ? 'square' : 'box'
}

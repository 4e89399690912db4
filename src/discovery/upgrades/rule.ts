/** How one kind of service names the sizes of a picture. */
export interface UrlRule {
  /** What a host is remembered under to follow, or not. */
  readonly name: string
  /**
   * The URL of a larger version, made up; null when the rule knows nothing of such URLs. At the same host, but for what a
   * proxy was told to fetch: so whoever fetches it checks the address as any other.
   */
  readonly larger: (url: URL) => string | null
}

/** A picture that wide is as large as pages show them; more is not worth a request. In pixels. */
export const enoughWidth = 1600

/** Whether the URL is at a host of one of these domains. */
export function isAt(url: URL, ...domains: readonly string[]): boolean {
  const { hostname } = url
  return domains.some((domain) => hostname === domain || hostname.endsWith(`.${domain}`))
}

/** Whether a token names a size in pixels that leaves something to be wished for. */
export function isSmall(token: string): boolean {
  const numbers = (token.match(/\d{1,5}/g) ?? []).map(Number)
  return numbers.length > 0 && Math.max(...numbers) < enoughWidth
}

/** The URL with a part of its path written otherwise; null when the path has no such part. */
export function inPath(url: URL, pattern: RegExp, replacement: string): string | null {
  const path = url.pathname.replace(pattern, replacement)
  if (path === url.pathname || path.endsWith('/')) return null
  const larger = new URL(url)
  larger.pathname = path
  return larger.href
}

/** The URL without the parameters of these names, all others as they stand; null when it has none of them. */
export function withoutParameters(url: URL, names: RegExp): string | null {
  const pairs = url.search.slice(1).split('&')
  const rest = pairs.filter((pair) => pair && !names.test(pair.split('=', 1)[0]!))
  if (rest.length === pairs.length) return null
  const larger = new URL(url)
  larger.search = rest.join('&')
  return larger.href
}

export const pictureEnding = String.raw`\.(?:jpe?g|png|webp|avif|gif)`

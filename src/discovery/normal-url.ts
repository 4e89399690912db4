const tracking =
  /^(?:utm_\w*|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|igshid|mc_[ce]id|srsltid|_ga|_gl|_hsenc|_hsmi)$/i

/**
 * A URL in one spelling, for comparing (RFC 3986 §6): scheme and host in lower case, no default port, no dot segments,
 * percent-encoding in capitals and only where needed, no fragment, no empty query, no parameters that only track a
 * visitor. Other parameters stay as they are and where they are. What is no http(s) URL is given back unchanged.
 */
export function normalUrl(url: string): string {
  const parsed = URL.parse(url)
  if (!parsed || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) return url
  const { href, search, hash } = parsed
  const query = search
    .slice(1)
    .split('&')
    .filter((pair) => !tracking.test(pair.split('=', 1)[0]!))
    .join('&')
  const end = href.length - hash.length - search.length
  const address = normalEncoding(href.slice(0, end).replace(/[?#]+$/, ''))
  return query ? `${address}?${normalEncoding(query)}` : address
}

/** RFC 3986 §6.2.2.1 and §6.2.2.2. A stray % is encoded, so that it cannot join what follows once that is decoded. */
function normalEncoding(text: string): string {
  if (!text.includes('%')) return text
  return text.replace(/%([0-9a-f]{2})?/gi, (_, hex: string | undefined) => {
    if (!hex) return '%25'
    const character = String.fromCharCode(parseInt(hex, 16))
    return /[A-Za-z0-9\-._~]/.test(character) ? character : `%${hex.toUpperCase()}`
  })
}

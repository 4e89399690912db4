import { pictureEnding } from './rule.ts'

const looksLikePicture = new RegExp(`${pictureEnding}$`, 'i')
const sized = /^(?:w|h|width|height|size|resize|q|quality)$/i

/**
 * The original that a resizing proxy was told to fetch; null when the URL is no such proxy's. It may be at another host:
 * whoever fetches it has to check the address as any other.
 */
export function proxiedUrl(url: URL): string | null {
  const isNext = url.pathname.endsWith('/_next/image') || url.pathname.endsWith('/_vercel/image')
  const isKnown = isNext || /^(?:images\.weserv\.nl|wsrv\.nl)$/.test(url.hostname)
  if (!isKnown && ![...url.searchParams.keys()].some((name) => sized.test(name))) return null
  const said = url.searchParams.get('url') ?? url.searchParams.get('src')
  if (!said) return null
  const original = /^https?:\/\//i.test(said) ? URL.parse(said) : isNext ? URL.parse(said, url.href) : null
  if (!original || !/^https?:$/.test(original.protocol) || original.username || original.password) return null
  // A page's address is as good a value of `url` as a picture's, unless the service takes pictures only.
  return isKnown || looksLikePicture.test(original.pathname) ? original.href : null
}

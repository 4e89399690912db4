/**
 * How an address is built: host, and path with what counts or names one page left out. Addresses of a site's items are
 * mostly of one shape: `/cars/12-audi-a4` and `/cars/7-opel` are both `host /cars/*`.
 */
export function urlShape(url: string): string {
  const parsed = URL.parse(url)
  if (!parsed) return ''
  const segments = parsed.pathname.split('/').filter(Boolean)
  const shape = segments.map((segment, at) =>
    at === segments.length - 1 || /\d/.test(segment) ? '*' : segment,
  )
  const names = [...parsed.searchParams.keys()].filter((name) => /id|item|product|ad|article/i.test(name))
  return `${parsed.host} /${shape.join('/')}?${segments.length < 2 ? names.join('&') : ''}`
}

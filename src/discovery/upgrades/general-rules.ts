import { inPath, isAt, isSmall, pictureEnding, withoutParameters, type UrlRule } from './rule.ts'

const step = /(?:[a-z]{1,3}_[^/,]+)(?:,[a-z]{1,3}_[^/,]+)*/.source
const cloudinary = new RegExp(`(?<=/image/(?:upload|fetch)/)(?:${step}/)+(?=.)`)
const dimensions = new RegExp(`[-_](?:max_)?\\d{2,4}x\\d{2,4}(?=${pictureEnding}$)`, 'i')
const words = new RegExp(
  `(?<=[^/])[-_.](?:thumb|thumbs|thumbnail|mini|small|sm|medium|preview)(?=${pictureEnding}$)`,
  'i',
)
/** They say how wide or high, or between which bounds. */
const bounding =
  /^(?:w|h|wid|hei|width|height|max-?w(?:idth)?|max-?h(?:eight)?|im_?width|im_?height|im_w|im_h|sw|sh|resize|fit|sz|size)$/i
/** They mean nothing without those, or make the picture poorer. */
const attending = /^(?:q|qlt|quality|dpr|sm|crop|mode|scale|rect|upscale|enlarge|impolicy)$/i

const sizing = new RegExp(`${bounding.source}|${attending.source}`, 'i')
const extent = /(?<![a-z\d])\d{2,4}(?:[x*,]\d{2,4})?(?:px)?$/i

/** Whether the query bounds the picture's size, and to less than is enough. */
function isBounded({ searchParams }: URL): boolean {
  const said = [...searchParams].filter(([name, value]) => bounding.test(name) && extent.test(value))
  return said.length > 0 && said.every(([, value]) => isSmall(value))
}

const isScene7 = (url: URL) => url.pathname.includes('/is/image/')

/** What many services share. Each may be wrong at a host that means something else by the same signs. */
export const generalRules: readonly UrlRule[] = [
  {
    name: 'scene7',
    // Without a width it answers with a small one, so it has to be told.
    larger: (url) => {
      if (!isScene7(url) || !isBounded(url)) return null
      const bare = new URL(withoutParameters(url, sizing) ?? url)
      bare.search = [bare.search.slice(1), 'wid=2000'].filter(Boolean).join('&')
      return bare.href
    },
  },
  {
    name: 'cloudinary',
    larger: (url) => {
      const said = cloudinary.exec(url.pathname)?.[0] ?? ''
      const widths = said.match(/(?<=[,/]|^)[wh]_\d+/g)
      return widths && widths.every(isSmall) ? inPath(url, cloudinary, '') : null
    },
  },
  {
    name: 'cloudflare',
    larger: (url) => inPath(url, /^\/cdn-cgi\/image\/[^/]*=[^/]*(?=\/(?!https?:))/, ''),
  },
  {
    name: 'magento-cache',
    larger: (url) =>
      inPath(url, /(?<=\/catalog\/(?:product|category))\/cache(?:\/[^/]+)*?\/[0-9a-f]{32}(?=\/)/, ''),
  },
  {
    name: 'jetpack',
    larger: (url) =>
      isAt(url, 'i0.wp.com', 'i1.wp.com', 'i2.wp.com', 'i3.wp.com')
        ? withoutParameters(url, /^(?:w|h|fit|resize|crop|quality|zoom|lb|strip)$/i)
        : null,
  },
  {
    name: 'olx',
    larger: (url) => inPath(url, /(?<=\/image);s=\d+x\d+(?:;q=\d+)?$/, ''),
  },
  {
    name: 'query-size',
    larger: (url) => (!isScene7(url) && isBounded(url) ? withoutParameters(url, sizing) : null),
  },
  {
    name: 'query-word',
    larger: (url) =>
      /^(?:xxs|xs|s|m|l|xl|thumb|small|medium)$/i.test(url.searchParams.get('f') ?? '')
        ? withoutParameters(url, /^f$/)
        : null,
  },
  {
    name: 'resize-folder',
    larger: (url) =>
      inPath(
        url,
        /\/(?:(?:resize|fit-in|crop|fill|rs|thumb)\/)(?:fit-in\/)?\d{1,4}x\d{1,4}(?:%3E|>|!)?(?:\/(?:quality|q)\/\d+)?(?=\/|$)/i,
        '',
      ),
  },
  {
    name: 'name-size',
    larger: (url) => {
      const said = dimensions.exec(url.pathname)?.[0] ?? ''
      const isNamed = /[\p{L}\d]/u.test(
        url.pathname.replace(dimensions, '').replace(/.*\//, '').split('.')[0]!,
      )
      return isNamed && isSmall(said) ? inPath(url, dimensions, '') : null
    },
  },
  { name: 'density', larger: (url) => inPath(url, new RegExp(`@1x(?=${pictureEnding}$)`, 'i'), '@2x') },
  { name: 'name-word', larger: (url) => inPath(url, words, '') },
  {
    name: 'folder-word',
    larger: (url) => inPath(url, /\/(?:thumbs?|thumbnails?|small|medium)\/(?=[^/]+\.\w{3,4}$)/i, '/large/'),
  },
]

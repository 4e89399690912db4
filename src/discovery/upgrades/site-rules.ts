import { enoughWidth, inPath, isAt, isSmall, pictureEnding, type UrlRule } from './rule.ts'

const one = (url: URL, pattern: RegExp): string => pattern.exec(url.pathname)?.[0] ?? ''
const isShopify = (url: URL) => isAt(url, 'cdn.shopify.com') || url.pathname.startsWith('/cdn/shop/')
const amazonToken = /\._[A-Z][A-Za-z0-9,%_-]{0,80}_(?=\.\w{3,4}$)/
const ebayToken = /^\/(?:thumbs\/)?(images\/g\/[^/]+\/)s-l(\d+)(?=\.)/
const etsyToken = /(?<=\/il_)\d{2,4}x(?:\d{2,4}|N)(?=\.)/
const alicdnToken = /(?<=\.(?:jpe?g|png))_(?:\d{2,4}x\d{2,4}|[qQ]\d|b\.)[^/]*$/
const googlePath = /(?<=\/)(?:s|w)\d{2,4}(?:-[a-z0-9-]+)?(?=\/[^/]*$)/
const googleSuffix = /=(?:s|w|h)\d{2,4}(?:-[a-z0-9-]+)*$/
const shopifyWord = 'pico|icon|thumb|small|compact|medium|large|grande'
const shopifyToken = new RegExp(
  `_(?:${shopifyWord}|\\d{1,4}x\\d{0,4}|x\\d{1,4})(?:_crop_\\w+)?(?:@\\dx)?(?:\\.progressive)?(?=${pictureEnding}$)`,
  'i',
)

/**
 * Services that are known by their host, by a path that is theirs alone, or, as many shops are with them under names of
 * their own, by a parameter. The more certain first.
 */
export const siteRules: readonly UrlRule[] = [
  {
    name: 'amazon',
    larger: (url) =>
      isAt(url, 'media-amazon.com', 'images-amazon.com', 'ssl-images-amazon.com') &&
      url.pathname.startsWith('/images/I/')
        ? inPath(url, amazonToken, '')
        : null,
  },
  {
    name: 'ebay',
    larger: (url) =>
      isAt(url, 'ebayimg.com') && isSmall(ebayToken.exec(url.pathname)?.[2] ?? '')
        ? inPath(url, ebayToken, '/$1s-l1600')
        : null,
  },
  {
    name: 'etsy',
    larger: (url) =>
      isAt(url, 'etsystatic.com') && isSmall(one(url, etsyToken))
        ? inPath(url, etsyToken, 'fullxfull')
        : null,
  },
  {
    name: 'shopify',
    larger: (url) =>
      isShopify(url) && !/x[1-9]\d{3}/.test(one(url, shopifyToken)) ? inPath(url, shopifyToken, '') : null,
  },
  {
    name: 'aliexpress',
    larger: (url) => (isAt(url, 'alicdn.com', 'aliexpress-media.com') ? inPath(url, alicdnToken, '') : null),
  },
  {
    name: 'google',
    larger: (url) => {
      if (!isAt(url, 'googleusercontent.com', 'ggpht.com', 'bp.blogspot.com')) return null
      if (isSmall(one(url, googleSuffix))) return inPath(url, googleSuffix, '=s0')
      return isSmall(one(url, googlePath)) ? inPath(url, googlePath, 's0') : null
    },
  },
  {
    name: 'wix',
    larger: (url) =>
      isAt(url, 'wixstatic.com')
        ? inPath(url, /^(\/media\/[^/]+)\/v1\/(?:fill|fit|crop)\/[^/]*\/.*$/, '$1')
        : null,
  },
  {
    name: 'yandex',
    larger: (url) =>
      isAt(url, 'avatars.mds.yandex.net') && !url.pathname.endsWith('/orig')
        ? inPath(url, /^(\/get-[\w-]+\/\d+\/[^/]+)\/[\w-]+$/, '$1/orig')
        : null,
  },
  {
    name: 'autoscout24',
    larger: (url) =>
      isAt(url, 'autoscout24.net') && isSmall(one(url, /(?<=\.jpg\/)\d+x\d+(?=\.\w+$)/))
        ? inPath(url, /(?<=\.jpg\/)\d{2,3}x\d{2,3}(?=\.\w+$)/, '1280x960')
        : null,
  },
  {
    name: 'wikimedia',
    larger: (url) =>
      isAt(url, 'upload.wikimedia.org') && isSmall(one(url, /\/(?:[\w-]*-)?\d+px-[^/]+$/).slice(0, 6))
        ? inPath(url, /\/thumb(\/[^/]\/[^/]{2}\/[^/]+\.(?:jpe?g|png|webp|gif))\/[^/]+$/i, '$1')
        : null,
  },
  {
    name: 'squarespace',
    larger: (url) => {
      const format = url.searchParams.get('format') ?? ''
      if (!/^\d+w$/.test(format) || Number.parseInt(format) >= enoughWidth) return null
      const larger = new URL(url)
      larger.searchParams.set('format', '2500w')
      return larger.href
    },
  },
]

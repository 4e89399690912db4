import { attributes, escaped, scriptData } from './html.ts'
import type { Pattern, SiteItem, SitePicture } from './items.ts'

/** The parts of an item's page that depend on how it shows its pictures. */
export interface Gallery {
  readonly head?: string
  readonly body: string
}

/** `host` is the site's own, with its port. */
type Template = (item: SiteItem, host: string) => Gallery

const onePixel = 'data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7'

export const galleries: Readonly<Record<Pattern, Template>> = {
  plain: ({ pictures }) => ({ body: pictures.map((one) => img(one)).join('\n') }),

  srcset: ({ pictures: [worn, pocket] }) => ({
    body: [
      img(worn!, {
        src: worn!.alsoAt![1],
        srcset:
          '/photos/slim-jeans-400.jpg 400w, /photos/slim-jeans-800.jpg 800w, /photos/slim-jeans-1200.jpg 1200w',
        sizes: '(max-width: 50rem) 100vw, 32rem',
      }),
      img(pocket!, { src: pocket!.alsoAt![0], srcset: `${pocket!.alsoAt![0]} 1x, ${pocket!.path} 2x` }),
    ].join('\n'),
  }),

  picture: ({ pictures: [worn, ...others] }) => ({
    body: `<picture>
  <source type="image/webp" srcset="${worn!.path} 900w" sizes="32rem">
  ${img(worn!, { src: worn!.alsoAt![0] })}
</picture>
${others.map((one) => img(one)).join('\n')}`,
  }),

  lazy: ({ pictures: [worn, ...others] }) => ({
    body: `${img(worn!, { src: onePixel, class: 'lazy', 'data-src': worn!.path })}
<noscript>${img(worn!)}</noscript>
${others
  .map((one) =>
    img(one, {
      src: onePixel,
      class: 'lazy',
      'data-srcset': `${one.path} ${one.width}w`,
      'data-sizes': 'auto',
    }),
  )
  .join('\n')}`,
  }),

  css: ({ pictures: [worn, ...others] }) => ({
    body: `<div class="frame tall" role="img" aria-label="${escaped(worn!.alt)}" style="background-image: url('${worn!.path}')"></div>
${others
  .map(
    (one) =>
      `<div class="frame"${attributes({ role: 'img', 'aria-label': one.alt, style: `background: #eee url("${one.path}") center / cover` })}></div>`,
  )
  .join('\n')}`,
  }),

  state: ({ pictures: [worn, sleeve, waist], slug, title }, host) => ({
    body: `<div id="gallery"><noscript><p>The pictures of this item need JavaScript.</p></noscript></div>
<script type="application/json" id="gallery-data">${scriptData({
      product: { id: slug, title, gallery: [worn!, sleeve!].map(({ path, alt }) => ({ full: path, alt })) },
    })}</script>
<script>
window.__STATE__ = ${scriptData({ media: [{ type: 'image', url: `http://${host}${waist!.path}`, alt: waist!.alt }], stock: { count: 12 } }).replaceAll('/', '\\u002F')};
</script>`,
  }),

  'json-ld': ({ pictures: [front, collar, press], ...item }, host) => ({
    head: `<script type="application/ld+json">${scriptData({
      '@context': 'https://schema.org',
      '@type': 'Product',
      name: item.title,
      brand: { '@type': 'Brand', name: item.brand },
      image: [front!, collar!].map(({ path }) => `http://${host}${path}`),
      offers: { '@type': 'Offer', price: item.price, priceCurrency: 'EUR' },
    })}</script>`,
    body: `${img(front!)}
<aside><h2>In the press</h2>${figure(press!)}</aside>`,
  }),

  microdata: ({ pictures, ...item }) => ({
    body: `<div itemscope itemtype="https://schema.org/Product">
<meta itemprop="name"${attributes({ content: item.title })}>
${pictures.map((one) => img(one, { itemprop: 'image' })).join('\n')}
</div>`,
  }),

  links: ({ pictures }) => ({
    body: `<div class="thumbs">${pictures
      .map((one) => `<a href="${one.path}">${img(one, { src: one.alsoAt![0], width: 200, height: 200 })}</a>`)
      .join('\n')}</div>`,
  }),

  base: ({ pictures: [hall, stairs, roof, outside, plan] }, host) => ({
    head: '<base href="/estate/skylight/">',
    body: [
      img(hall!, { src: 'hall.webp' }),
      img(stairs!, { src: `//${host}${stairs!.path}` }),
      img(roof!, { src: '../skylight/./roof.webp' }),
      img(outside!, { src: 'green-stair.jpg' }),
      figure(plan!),
    ].join('\n'),
  }),

  figures: ({ pictures }) => ({ body: pictures.map(figure).join('\n') }),
}

function img(of: SitePicture, changes: Readonly<Record<string, string | number | undefined>> = {}): string {
  const { path, width, height, alt } = of
  return `<img${attributes({ src: path, width, height, alt, ...changes })}>`
}

const figure = (of: SitePicture): string =>
  `<figure>${img(of)}<figcaption>${escaped(of.alt)}</figcaption></figure>`

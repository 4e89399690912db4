import { describe, expect, it } from 'vitest'
import { findOnPage } from '../find.ts'
import { largerUrls } from '../larger-urls.ts'
import type { Site } from './site.ts'
import { siteAt, siteOf } from './sites.ts'

const url = 'https://shop.example/things/kettle'

describe('a site with rules of its own', () => {
  it('is known by its host, or by what is on all pages of its software', () => {
    expect(siteAt('https://www.mobile.bg/obiavi/p-2')?.name).toBe('mobile.bg')
    expect(siteAt('https://notmobile.bg/')).toBeNull()
    const marked = [
      '<script src="//shop.example/cdn/shop/t/4/assets/theme.js"></script>',
      '<body class="archive woocommerce woocommerce-page">',
      '<body data-x="1" class="page-products catalog-category-view">',
      '<body class="woocommerce-like">',
    ]
    expect(marked.map((html) => siteOf(html, url)?.name)).toEqual([
      'Shopify',
      'WooCommerce',
      'Magento',
      undefined,
    ])
  })

  it('has its gallery before other pictures, and what it never counts to the item behind all', () => {
    const html = `<body class="woocommerce"><img src="/banner.jpg" width="900" height="900">
      <div class="woocommerce-product-gallery"><img src="/a.jpg"><img src="/b.jpg"></div>
      <section class="related products"><img src="/c.jpg" width="900" height="900"></section>`
    const { candidates } = findOnPage({ html, url })
    const ranked = candidates.toSorted((a, b) => b.expected.score - a.expected.score)
    expect(ranked.map((one) => one.url.slice(20)).slice(0, 2)).toEqual(['/a.jpg', '/b.jpg'])
    expect(ranked.at(-1)!.url).toContain('/c.jpg')
    expect(ranked[0]!.expected.reasons).toContain('in the gallery, by the rules for WooCommerce (+30)')
  })

  it('says which entries a list page has, be they few, and which link is theirs', () => {
    const html = `<body class="woocommerce"><ul class="products">
      <li class="product"><a href="?add=1">Buy</a><a class="woocommerce-LoopProduct-link" href="/p/1"><img src="/1.jpg"></a></li>
      <li class="product"><a href="?add=2">Buy</a><a class="woocommerce-LoopProduct-link" href="/p/2"><img src="/2.jpg"></a></li></ul>`
    const { records } = findOnPage({ html, url })
    expect(records.map((one) => [one.url?.slice(20), one.images[0]?.slice(20)])).toEqual([
      ['/p/1', '/1.jpg'],
      ['/p/2', '/2.jpg'],
    ])
  })

  it('can be one that only the caller knows', () => {
    const site: Site = { name: 'ours', hosts: ['shop.example'], ignore: '.x' }
    const html = '<div class="x"><img src="/a.jpg" width="900" height="900"></div>'
    const score = (sites: readonly Site[]) => findOnPage({ html, url, sites }).candidates[0]!.expected.score
    expect(score([site])).toBeLessThan(score([]))
  })

  it('names the larger versions of its pictures', () => {
    const at = (folder: string) =>
      `https://mobistatic3.focus.bg/mobile/photosmob/711/1/${folder}11647012345678901_41.webp`
    expect(largerUrls(at('med/')).map((one) => one.url)).toContain(at('big1/'))
    expect(largerUrls(at('')).map((one) => one.url)).toContain(at('big1/'))
    expect(largerUrls(at('big1/')).map((one) => one.rule)).not.toContain('mobile.bg')
  })
})

import type { Site } from './site.ts'

/** Shops by Magento, versions 1 and 2. */
export const magento: Site = {
  name: 'Magento',
  marks: String.raw`<body[^>]{0,2000}\bcatalog(?:-product-view|-category-view|search-result-index)\b`,
  gallery:
    '[data-gallery-role="gallery-placeholder"], .product.media, .product-image-gallery, .product-img-box',
  ignore: '.block.related, .block.upsell, .block.crosssell, .box-up-sell, .box-related, .minicart-wrapper',
  entry: 'li.product-item, .products-grid li.item, .products-list li.item',
  entryLink: ['a.product-item-link', '.product-name a', 'a.product-image', 'a[href]'],
}

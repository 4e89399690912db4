import type { Site } from './site.ts'

/** Shops by Shopify, with the themes that it gives away. */
export const shopify: Site = {
  name: 'Shopify',
  marks: String.raw`cdn\.shopify\.com/s/files/|/cdn/shop/t/\d`,
  gallery:
    'media-gallery, .product__media-list, .product-single__photos, .product-single__media-group, .product__photos, [data-product-media-gallery], .product-gallery__media',
  ignore: 'product-recommendations, .product-recommendations, .related-products, cart-drawer, .cart-drawer',
  entry:
    'li.grid__item:has(.card-wrapper), .product-grid-item, .productgrid--item, .grid-product, .product-card',
  entryLink: ['a[href*="/products/"]'],
}

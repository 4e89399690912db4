import type { Site } from './site.ts'

/** Shops by WooCommerce. */
export const wooCommerce: Site = {
  name: 'WooCommerce',
  marks: String.raw`<body[^>]{0,2000}\bwoocommerce(?:-page)?[\s"']`,
  gallery: '.woocommerce-product-gallery',
  ignore: '.related.products, .up-sells, .cross-sells, .widget_shopping_cart',
  entry: 'ul.products > li.product, .products > .product',
  entryLink: ['a.woocommerce-LoopProduct-link', 'a.woocommerce-loop-product__link', 'a[href]'],
}

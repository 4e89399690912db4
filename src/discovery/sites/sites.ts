import { magento } from './magento.ts'
import { mobileBg } from './mobile-bg.ts'
import { shopify } from './shopify.ts'
import type { Site } from './site.ts'
import { wooCommerce } from './woocommerce.ts'

/** The sites that are known. */
export const sites: readonly Site[] = [mobileBg, shopify, wooCommerce, magento]

/** How far into a page its marks are looked for, in characters. */
const markedWithin = 300_000

/** The site that an address belongs to, as far as its host tells. */
export function siteAt(url: string, known: readonly Site[] = sites): Site | null {
  const host = URL.parse(url)?.hostname
  const isOf = (domain: string) => host === domain || host?.endsWith(`.${domain}`)
  return known.find(({ hosts }) => hosts?.some(isOf)) ?? null
}

/** The site that a page belongs to, by its host or else by its marks. */
export function siteOf(html: string, url: string, known: readonly Site[] = sites): Site | null {
  const start = html.slice(0, markedWithin)
  return siteAt(url, known) ?? known.find(({ marks }) => marks && new RegExp(marks, 'i').test(start)) ?? null
}

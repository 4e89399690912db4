import { readConfig } from './config.ts'
import type { Magpie } from './jobs/magpie.ts'
import { openLog } from './log.ts'
import { openMagpie as open } from './main.ts'

export type { Catalog } from './catalog/catalog.ts'
export type { ItemId, ImageId } from './catalog/ids.ts'
export type { Accepted, Image, ImageKind, ImageState, Rejected } from './catalog/image.ts'
export type { ShownImage } from './catalog/images.ts'
export type { Item } from './catalog/item.ts'
export type { Followed, Progress } from './catalog/progress.ts'
export { findOnPage, followPages } from './discovery/find.ts'
export type { EndOfPages, NextPage, Page, Site } from './discovery/find.ts'
export type { Findings, FoundCandidate, PageRecord } from './discovery/finder.ts'
export type { Delivery } from './delivery/delivery.ts'
export type { Wanted } from './delivery/resolve.ts'
export { MagpieError, type ErrorCode } from './errors.ts'
export type { Magpie } from './jobs/magpie.ts'
export type { PageToScrape } from './jobs/scrape.ts'

/**
 * Opens Magpie inside a program: the database and the stores of the settings, which are those of the environment with
 * the given ones over them, as `{ MAGPIE_DATA: './pictures' }`. To be closed with `close()`.
 * Throws `setting_invalid`, `data_folder_in_use`, `data_folder_unwritable`, `database_unavailable`.
 *
 *     const magpie = await openMagpie({ MAGPIE_DATA: './pictures', LOG_LEVEL: 'warn' })
 *     const itemId = await magpie.scrape({ url: 'https://shop.example/jeans/42', catalog: 'jeans' })
 *     const stop = new AbortController()
 *     const working = magpie.work(stop.signal)
 */
export function openMagpie(settings: Readonly<Record<string, string>> = {}): Promise<Magpie> {
  const config = readConfig({ overrides: settings })
  return open(config, openLog(config))
}

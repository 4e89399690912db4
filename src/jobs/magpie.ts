import type { Catalogs } from '../catalog/catalogs.ts'
import type { ItemId } from '../catalog/ids.ts'
import type { Items } from '../catalog/items.ts'
import type { Images } from '../catalog/images.ts'
import type { ListedItem, Page } from '../catalog/listing.ts'
import type { Stats } from '../catalog/stats.ts'
import type { Delivery } from '../delivery/delivery.ts'
import type { Wanted } from '../delivery/resolve.ts'
import type { Log } from '../log.ts'
import type { Queue } from './jobs.ts'
import type { PageToScrape } from './scrape.ts'
import type { Swept, SweepOptions } from './sweep-orphans.ts'
import type { Traffic } from './traffic.ts'

/** Everything that can be asked of an open Magpie, whoever asks: command line, HTTP, or a program that embeds it. */
export interface Magpie {
  readonly catalogs: Catalogs
  readonly items: Items
  readonly images: Pick<Images, 'find' | 'ofItem'>
  readonly stats: Stats
  readonly queue: Pick<Queue, 'counts'>
  readonly traffic: Traffic
  readonly log: Log
  listItems(catalog: string, page: { cursor: string | null; limit: number }): Promise<Page<ListedItem>>
  /** Phase one: the page becomes an item, and its discovery is enqueued, in one transaction. */
  scrape(page: PageToScrape): Promise<ItemId>
  /** Phase two: works the queue until the signal aborts, then finishes what is under way. */
  work(signal: AbortSignal): Promise<void>
  resolve(wanted: Wanted): Promise<Delivery>
  sweep(options: SweepOptions): Promise<Swept>
  /** Tells whoever finds the data folder in use where this process listens. */
  announce(url: string): void
  /** Answers when the database does. */
  ping(): Promise<void>
  close(): Promise<void>
}

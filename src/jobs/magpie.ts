import type { CatalogChanges } from '../catalog/catalog.ts'
import type { Catalogs } from '../catalog/catalogs.ts'
import type { FailedSelection } from '../catalog/failed.ts'
import type { ItemId } from '../catalog/ids.ts'
import type { Items } from '../catalog/items.ts'
import type { Images } from '../catalog/images.ts'
import type { ListedItem, Page } from '../catalog/listing.ts'
import type { Stats } from '../catalog/stats.ts'
import type { Delivery } from '../delivery/delivery.ts'
import type { Wanted } from '../delivery/resolve.ts'
import type { Log } from '../log.ts'
import type { Job, JobSelection } from '../queue/job-queue.ts'
import type { Exposition } from './exposition.ts'
import type { Queue } from './jobs.ts'
import type { SavedCatalog } from './keep-catalog.ts'
import type { Readiness } from './readiness.ts'
import type { Retried } from './retry-failed.ts'
import type { PageToScrape } from './scrape.ts'
import type { Swept, SweepOptions } from './sweep-orphans.ts'
import type { Synced, SyncSelection } from './sync.ts'
import type { Traffic } from './traffic.ts'

/** Everything that can be asked of an open Magpie, whoever asks: command line, HTTP, or a program that embeds it. */
export interface Magpie {
  readonly catalogs: Pick<Catalogs, 'get' | 'list' | 'ensure'>
  readonly items: Items
  readonly images: Pick<Images, 'find' | 'ofItem'>
  readonly stats: Stats
  readonly queue: Pick<Queue, 'counts' | 'list' | 'find' | 'workers'> & {
    readonly schedules: Pick<Queue['schedules'], 'list'>
  }
  readonly hosts: HostsInSight
  readonly traffic: Traffic
  readonly metrics: Exposition
  readonly log: Log
  listItems(catalog: string, page: { cursor: string | null; limit: number }): Promise<Page<ListedItem>>
  /** Sets all of a catalogue's settings, with its schedules. Throws `input_invalid`. */
  saveCatalog(name: string, settings: CatalogChanges): Promise<SavedCatalog>
  /** Removes a catalogue with all that is in it; the sweep takes the bytes. Throws `catalog_not_found`. */
  removeCatalog(name: string): Promise<void>
  /** Phase one: the page becomes an item, and its discovery is enqueued, in one transaction. */
  scrape(page: PageToScrape): Promise<ItemId>
  /** Phase one: the items' sources are to be read again. */
  sync(which: SyncSelection): Promise<Synced>
  /** Phase one: what could not be had is to be asked for again. */
  retry(which: FailedSelection & { readonly dryRun?: boolean }): Promise<Retried>
  /** Has jobs done now that are dead, cancelled or wait for later; answers with those it found. */
  retryJobs(which: JobSelection): Promise<readonly Job[]>
  /** Ends jobs that wait, run or are dead; what they were for has failed with `job_cancelled`. */
  cancelJobs(which: JobSelection): Promise<readonly Job[]>
  /** Phase two: works the queue until the signal aborts, then finishes what is under way, or hands it back. */
  work(signal: AbortSignal): Promise<void>
  /** Why the work of this process is paused, for people; null while it goes on. */
  pausedBecause(): string | null
  resolve(wanted: Wanted): Promise<Delivery>
  sweep(options: SweepOptions): Promise<Swept>
  /** Tells whoever finds the data folder in use where this process listens. */
  announce(url: string): void
  /** Whether all that the work needs answers. */
  readiness(): Promise<Readiness>
  close(): Promise<void>
}

/** The hosts that were asked, as all processes together know them. */
export interface HostsInSight {
  states(): Promise<readonly HostInSight[]>
  /** Ends a host's pause by hand. */
  resume(host: string): Promise<boolean>
}

export interface HostInSight {
  readonly host: string
  readonly underWay: number
  /** The share of its policy's rate that it is asked at now; 1 unless it showed strain. */
  readonly rate: number
  readonly pausedUntil: Date | null
  readonly reason: string | null
}

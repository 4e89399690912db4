import { availableParallelism } from 'node:os'
import path from 'node:path'
import { arrange } from './assess/arrange.ts'
import { assess } from './assess/assess.ts'
import { openAssets } from './catalog/assets.ts'
import { catalogDefaults } from './catalog/catalog.ts'
import { openCatalogs } from './catalog/catalogs.ts'
import { openImages } from './catalog/images.ts'
import { openItems } from './catalog/items.ts'
import { listItems } from './catalog/listing.ts'
import { openOrphans } from './catalog/orphans.ts'
import { openStats } from './catalog/stats.ts'
import type { Config } from './config.ts'
import { openDatabase, type Database } from './database.ts'
import { variantMaker } from './delivery/make-variant.ts'
import { resolver } from './delivery/resolve.ts'
import { openFetcher } from './fetch/open-fetcher.ts'
import { openImaging } from './imaging/open-imaging.ts'
import { discoverPage, type DiscoverOnly } from './jobs/discover-page.ts'
import { handlers } from './jobs/handlers.ts'
import { jobKinds, type Jobs } from './jobs/jobs.ts'
import { keepOriginal } from './jobs/keep.ts'
import type { Magpie } from './jobs/magpie.ts'
import { scrapePage } from './jobs/scrape.ts'
import { sweepOrphans } from './jobs/sweep-orphans.ts'
import { trafficCounter } from './jobs/traffic.ts'
import type { Log } from './log.ts'
import { openBossQueue } from './queue/boss-queue.ts'
import { openStores } from './storage/open-stores.ts'

/** Builds every room once, by hand. Throws what opening the database or the stores throws. */
export async function openMagpie(config: Config, log: Log): Promise<Magpie> {
  const database = await openDatabase(config, config.MAGPIE_DATA, log)
  try {
    return await furnish(database, config, log)
  } catch (cause) {
    await database.close()
    throw cause
  }
}

/** Finding without keeping: no database, no store. */
export function openDiscovery(config: Config, log: Log): DiscoverOnly {
  const fetcher = openFetcher(config, log)
  const discover = discoverPage(fetcher.under(catalogDefaults.policy))
  return { discover, close: () => fetcher.close() }
}

async function furnish(database: Database, config: Config, log: Log): Promise<Magpie> {
  const { db } = database
  const catalogs = openCatalogs(db)
  const items = openItems(db)
  const images = openImages(db)
  const assets = openAssets(db)
  const orphans = openOrphans(db)
  const dataFolder = path.resolve(config.MAGPIE_DATA)
  const stores = await openStores(config, { dataFolder, mayCreate: (await orphans.countAssets()) === 0 })
  const storeNamed = stores.get
  const queue = await openBossQueue<Jobs>(database, jobKinds(config.WORK_CONCURRENCY), log)
  const fetcher = openFetcher(config, log)
  const imaging = openImaging(config)
  const traffic = trafficCounter()
  const cores = availableParallelism()

  const keep = keepOriginal({ storeNamed })
  const deps = { db, catalogs, items, images, assets, queue, traffic, keep, arrange, assess, log, ...imaging }
  const walks = { ...deps, fetcherUnder: fetcher.under }
  const makeVariant = variantMaker({ ...deps, storeNamed, cores })
  return {
    ...{ catalogs, items, images, queue, traffic, log },
    stats: openStats(db),
    listItems: (catalog, page) => listItems(db, catalog, page),
    scrape: scrapePage(walks),
    work: (signal) => queue.work(handlers(walks), signal),
    resolve: resolver({ ...deps, makeVariant, storeNamed }),
    sweep: (options) => sweepOrphans({ orphans, storeNamed, stores: ['disk'] }, options),
    announce: (url) => database.announce(url),
    async ping() {
      await items.now()
    },
    async close() {
      await fetcher.close()
      await queue.close()
      await imaging.close()
      await database.close()
    },
  }
}

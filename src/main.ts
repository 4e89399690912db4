import { availableParallelism } from 'node:os'
import path from 'node:path'
import { arrange } from './assess/arrange.ts'
import { assess } from './assess/assess.ts'
import { openAssets } from './catalog/assets.ts'
import { openCatalogs } from './catalog/catalogs.ts'
import { openFailed } from './catalog/failed.ts'
import { openFetches } from './catalog/fetches.ts'
import { openImages } from './catalog/open-images.ts'
import { openItems } from './catalog/items.ts'
import { listItems } from './catalog/listing.ts'
import { openOrphans } from './catalog/orphans.ts'
import { openStats } from './catalog/stats.ts'
import { openUpgrades } from './catalog/upgrades.ts'
import type { Config } from './config.ts'
import { openDatabase, type Database, type Db } from './database.ts'
import { oldestTransaction } from './databases/oldest-transaction.ts'
import { variantMaker } from './delivery/make-variant.ts'
import { resolver } from './delivery/resolve.ts'
import { openBrowser } from './fetch/browser.ts'
import { openFetcher } from './fetch/open-fetcher.ts'
import { hostsInProcess, openHosts } from './hosts/open-hosts.ts'
import { openImaging } from './imaging/open-imaging.ts'
import { scorePicture, type ScoreOnly } from './jobs/score-picture.ts'
import { cancelJobs, retryJobs } from './jobs/change-jobs.ts'
import { discoverPage, discoverPages, type DiscoverOnly } from './jobs/discover-page.ts'
import { openExposition, type Sources } from './jobs/exposition.ts'
import { handlers, workTerms } from './jobs/handlers.ts'
import { hastener } from './jobs/hasten.ts'
import { jobKinds, type Jobs } from './jobs/jobs.ts'
import { keepOriginal } from './jobs/keep.ts'
import { removeCatalog, saveCatalog } from './jobs/keep-catalog.ts'
import type { Magpie } from './jobs/magpie.ts'
import { patient } from './jobs/patience.ts'
import { openPause } from './jobs/pause.ts'
import { readiness, remembered } from './jobs/readiness.ts'
import { resumeHost } from './jobs/resume-host.ts'
import { retryFailed } from './jobs/retry-failed.ts'
import { scrapePage } from './jobs/scrape.ts'
import { sweepOrphans } from './jobs/sweep-orphans.ts'
import { sync } from './jobs/sync.ts'
import { trafficCounter } from './jobs/traffic.ts'
import { openWatch } from './jobs/watch.ts'
import { watchedRooms, watchedStores, watchedTurns } from './jobs/watched.ts'
import type { Log } from './log.ts'
import { openBossQueue } from './queue/boss-queue.ts'
import { openStores } from './storage/open-stores.ts'
import { openTelemetry } from './telemetry.ts'

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
  const fetcher = openFetcher(config, log, { turns: hostsInProcess() })
  const browser = openBrowser(config, log)
  const discover = discoverPage(fetcher.under, { mode: config.RENDER, browser })
  return {
    discover,
    discoverPages: discoverPages(discover),
    close: async () => void (await Promise.all([browser.close(), fetcher.close()])),
  }
}

/** Scoring without keeping: no database, no store, no network. */
export function openScoring(config: Config): ScoreOnly {
  const imaging = openImaging(config)
  return { score: scorePicture(imaging.inspect), close: () => imaging.close() }
}

async function furnish(database: Database, config: Config, log: Log): Promise<Magpie> {
  const nouns = openNouns(database.db, config)
  const tools = await openTools(database, config, { nouns, log })
  const { catalogs, items, images, orphans } = nouns
  const { queue, hosts, fetcher, browser, imaging, stores, storeNamed, pause, watch } = tools
  const traffic = trafficCounter()
  const ping = () => items.now()
  const keep = keepOriginal({ storeNamed, pause })
  const patiently = patient({ pause, ping })
  const own = { db: database.db, queue, traffic, keep, arrange, assess, log, pause, ping, patiently }
  const renderer = { mode: config.RENDER, browser }
  const deps = { ...nouns, ...own, renderer, inspect: imaging.inspect, render: imaging.render }
  const walks = watchedRooms({ ...deps, fetcherUnder: fetcher.under }, watch)
  const makeVariant = variantMaker({ ...deps, storeNamed, cores: availableParallelism() })
  const terms = workTerms(walks, config.WORK_DRAIN_MS)
  const probeStore = remembered(() => storeNamed(config.STORE).probe())
  return {
    ...{ catalogs, items, images, queue, traffic, log },
    hosts: { states: hosts.states, resume: resumeHost({ hosts, queue }) },
    stats: openStats(database.db),
    listItems: (catalog, page) => listItems(database.db, catalog, page),
    scrape: scrapePage(walks),
    saveCatalog: saveCatalog(deps),
    removeCatalog: removeCatalog(deps),
    sync: sync(deps),
    retry: retryFailed(deps),
    retryJobs: retryJobs(deps),
    cancelJobs: cancelJobs(deps),
    work: (signal) => queue.work(watch.handlers(handlers(walks)), signal, watch.terms(terms)),
    pausedBecause: pause.because,
    metrics: openExposition(watch.metrics, lookingAt(database.db, tools)),
    resolve: resolver({ ...deps, makeVariant, storeNamed, hasten: hastener(queue, log) }),
    sweep: (options) => sweepOrphans({ orphans, storeNamed, stores: stores.names }, options),
    announce: (url) => database.announce(url),
    readiness: () => readiness({ database: ping, store: probeStore, queue: queue.workers }),
    async close() {
      nouns.fetches.close()
      await close(tools, database)
    },
  }
}

const openNouns = (db: Db, config: Config) => ({
  catalogs: openCatalogs(db, { store: config.STORE }),
  items: openItems(db),
  images: openImages(db),
  assets: openAssets(db),
  orphans: openOrphans(db),
  failed: openFailed(db),
  fetches: openFetches(db),
  upgrades: openUpgrades(db, config.WORK_GUESS_AGAIN_DAYS),
})

type Nouns = ReturnType<typeof openNouns>
type Tools = Awaited<ReturnType<typeof openTools>>

async function openTools(database: Database, config: Config, { nouns, log }: { nouns: Nouns; log: Log }) {
  const { catalogs, orphans } = nouns
  const telemetry = await openTelemetry(config, log)
  const watch = openWatch(telemetry, log)
  const stores = await openStores(config, {
    dataFolder: path.resolve(config.MAGPIE_DATA),
    inUse: (await catalogs.list()).map(({ store }) => store),
    isNew: async (store) => !(await orphans.haveAssets(store)),
  })
  const queue = await openBossQueue<Jobs>(database, jobKinds(config.WORK_CONCURRENCY), log)
  const hosts = await openHosts(database, config, { log })
  return {
    ...{ telemetry, watch, stores, queue, hosts },
    storeNamed: watchedStores(stores.get, watch),
    fetcher: openFetcher(config, log, { turns: watchedTurns(hosts, watch) }),
    browser: openBrowser(config, log),
    imaging: openImaging(config),
    pause: openPause(log),
  }
}

/** What is looked at when somebody asks for the metrics. */
const lookingAt = (db: Db, { queue, hosts, pause, imaging }: Tools): Sources => ({
  kinds: Object.keys(jobKinds(1)),
  counts: queue.counts,
  hosts: hosts.states,
  workers: queue.workers,
  oldestTransaction: () => oldestTransaction(db),
  paused: pause.codes,
  decoders: imaging.stats,
})

async function close(tools: Tools, database: Database): Promise<void> {
  tools.pause.close()
  await tools.browser.close()
  await tools.fetcher.close()
  await tools.queue.close()
  await tools.imaging.close()
  await tools.hosts.close()
  await database.close()
  await tools.telemetry.close()
}

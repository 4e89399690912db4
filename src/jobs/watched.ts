import type { Images } from '../catalog/images.ts'
import type { Items } from '../catalog/items.ts'
import { asMagpieError } from '../errors.ts'
import { shown } from '../fetch/checked-url.ts'
import type { Fetcher, FetchPolicy } from '../fetch/fetcher.ts'
import type { HostTurns, Turn, TurnAsk, TurnReport } from '../fetch/host-turns.ts'
import type { BlobStore, StoreName } from '../storage/blob-store.ts'
import { waits } from './attempts.ts'
import { timed, type Watch } from './watch.ts'

interface Rooms {
  readonly images: Images
  readonly items: Items
  readonly fetcherUnder: (policy: FetchPolicy) => Fetcher
  readonly inspect: (...args: never[]) => unknown
  readonly assess: (...args: never[]) => unknown
  readonly keep: (...args: never[]) => unknown
}

/** The rooms that a walk goes through, each step of which is then a stage of the job. */
export function watchedRooms<R extends Rooms>(rooms: R, watch: Watch): R {
  const { images, items, fetcherUnder, inspect, assess, keep } = rooms
  return {
    ...rooms,
    images: watchedImages(images, watch),
    items: { ...items, find: watch.stage('find', items.find) },
    fetcherUnder: (policy: FetchPolicy) => watchedFetcher(fetcherUnder(policy), watch),
    inspect: watch.stage('inspect', inspect),
    assess: watch.stage('assess', assess),
    keep: watch.stage('store', keep),
  }
}

function watchedImages(images: Images, watch: Watch): Images {
  const find = watch.stage('find', images.findToIngest)
  return {
    ...images,
    async findToIngest(id) {
      const found = await find(id)
      if (found) {
        const { itemId, url } = found.image
        const host = URL.parse(url)?.host
        watch.learn({
          log: { itemId, host },
          span: { 'magpie.item.id': itemId, 'magpie.catalog': found.catalog.name, 'server.address': host },
        })
      }
      return found
    },
    async hold(tx, image, held) {
      await images.hold(tx, image, held)
      watch.countImage('ready', '')
    },
    async reject(tx, image, rejected) {
      await images.reject(tx, image, rejected)
      watch.countImage('rejected', rejected.verdict.reason)
    },
    async fail(tx, id, failure) {
      const itemId = await images.fail(tx, id, failure)
      watch.countImage(failure.nextAttemptInMs === null ? 'failed' : 'retrying', failure.code)
      return itemId
    },
    async markGone(tx, id) {
      const itemId = await images.markGone(tx, id)
      watch.countImage('gone', '')
      return itemId
    },
  }
}

function watchedFetcher(fetcher: Fetcher, watch: Watch): Fetcher {
  const { fetches } = watch.metrics
  const told = async <T>(what: 'page' | 'image', go: () => Promise<T | null>): Promise<T | null> => {
    try {
      const got = await go()
      fetches.inc({ what, outcome: got ? 'fetched' : 'not_modified', code: '' })
      return got
    } catch (thrown) {
      const { code } = asMagpieError(thrown)
      fetches.inc({ what, outcome: waits.has(code) ? 'put_off' : 'failed', code })
      throw thrown
    }
  }
  const address = (url: string) => ({ 'url.full': shown(url) })
  return {
    page: watch.stage(
      'fetch',
      (...ask: Parameters<Fetcher['page']>) => told('page', () => fetcher.page(...ask)),
      address,
    ),
    image: watch.stage(
      'fetch',
      (...ask: Parameters<Fetcher['image']>) => told('image', () => fetcher.image(...ask)),
      address,
    ),
  }
}

/** Hosts' turns, each request of which is counted and traced: the waiting for it, and what became of it. */
export function watchedTurns(turns: HostTurns, watch: Watch): HostTurns {
  return {
    async take(ask, signal) {
      const take = () =>
        timed(
          () => turns.take(ask, signal),
          (seconds) => {
            watch.add('turn', seconds)
            // It happens inside of fetching.
            watch.add('fetch', -seconds)
          },
        )
      const turn = await watch.tracing.span(
        { name: 'turn', attributes: () => ({ 'server.address': ask.host }) },
        take,
      )
      return watchedTurn(ask, turn, watch)
    },
  }
}

function watchedTurn(ask: TurnAsk, turn: Turn, { metrics, tracing }: Watch): Turn {
  const ended = Promise.withResolvers<TurnReport>()
  const colon = ask.host.lastIndexOf(':')
  const attributes = () => ({
    'http.request.method': 'GET',
    'url.full': ask.url,
    'server.address': ask.host.slice(0, colon),
    'server.port': Number(ask.host.slice(colon + 1)),
  })
  void tracing.span({ name: 'GET', kind: 'client', attributes }, async (span) => {
    const { status, code, bytes } = await ended.promise
    span.set({ 'http.response.status_code': status, 'http.response.body.size': bytes })
    if (code) span.failed(code)
  })
  return {
    end(report) {
      const { status, code, bytes, firstByteMs } = report
      // With neither, we broke it off ourselves.
      const why = code ?? (status === undefined ? 'interrupted' : '')
      metrics.requests.inc({ status: status ?? 'none', code: why })
      metrics.fetchedBytes.inc(bytes)
      if (firstByteMs !== undefined) metrics.firstByteSeconds.observe(firstByteMs / 1000)
      ended.resolve(report)
      turn.end(report)
    },
  }
}

/** The stores, each operation of which is timed, and each put traced. */
export function watchedStores(
  storeNamed: (name: StoreName) => BlobStore,
  watch: Watch,
): (name: StoreName) => BlobStore {
  const known = new Map<BlobStore, BlobStore>()
  return (name) => {
    const store = storeNamed(name)
    const watched = known.get(store) ?? watchedStore(store, watch)
    known.set(store, watched)
    return watched
  }
}

function watchedStore(store: BlobStore, { metrics, tracing }: Watch): BlobStore {
  const { name } = store
  const through = async <T>(operation: string, go: () => Promise<T>): Promise<T> => {
    try {
      return await timed(go, (seconds) => metrics.storeSeconds.observe({ store: name, operation }, seconds))
    } catch (thrown) {
      metrics.storeErrors.inc({ store: name, operation, code: asMagpieError(thrown).code })
      throw thrown
    }
  }
  return {
    ...store,
    async put(key, bytes, meta) {
      const attributes = () => ({
        'magpie.store': name,
        'magpie.blob.key': key,
        'magpie.blob.size': bytes.byteLength,
      })
      const put = () => through('put', () => store.put(key, bytes, meta))
      await tracing.span({ name: 'put', kind: 'client', attributes }, put)
      metrics.storedBytes.inc({ store: name }, bytes.byteLength)
    },
    get: (key) => through('get', () => store.get(key)),
    read: (key) => through('read', () => store.read(key)),
    delete: (key) => through('delete', () => store.delete(key)),
  }
}

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import type { Tx } from '../src/database.ts'
import type { HostTurns } from '../src/fetch/host-turns.ts'
import { openWatch } from '../src/jobs/watch.ts'
import { watchedRooms, watchedStores, watchedTurns } from '../src/jobs/watched.ts'
import { logAbout, openLog } from '../src/log.ts'
import type { Handler, Outcome } from '../src/queue/job-queue.ts'
import { readSettings } from '../src/settings.ts'
import type { BlobStore } from '../src/storage/blob-store.ts'
import { openTelemetry, telemetrySettings, type Telemetry } from '../src/telemetry.ts'
import { machine, median, table } from './report.ts'

type Rooms = Parameters<typeof watchedRooms>[0]
type Walk = Handler<{ readonly imageId: string }, Tx>

/**
 * `npm run bench -- watching [--runs 5] [--jobs 20000]`: the CPU time that counting, timing, log fields and tracing
 * take of a job that has all the stages of an ingest and does nothing in them.
 */
export async function run({ arguments: args }: { arguments: string[] }): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { runs: { type: 'string', default: '5' }, jobs: { type: 'string', default: '20000' } },
  })
  const collector = createServer((request, response) => request.resume().on('end', () => response.end('{}')))
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`
  const [silent, telling] = [await telemetryTo(null), await telemetryTo(endpoint)]
  const ways = { plain: unwatched(), watched: watched(silent), traced: watched(telling) }
  const took = { plain: [] as number[], watched: [] as number[], traced: [] as number[] }
  for (const walk of Object.values(ways)) await cpuMicroseconds(walk, 2000)
  for (let at = 0; at < Number(values.runs); at++)
    for (const way of ['plain', 'watched', 'traced'] as const)
      took[way].push(await cpuMicroseconds(ways[way], Number(values.jobs)))
  await telling.close()
  collector.close()
  collector.closeAllConnections()
  const rows = Object.entries(took).map(([way, figures]) => [way, median(figures).toFixed(0)])
  console.log(`${machine()}\n\n${table(['', 'CPU µs a job'], rows)}`)
}

async function cpuMicroseconds(walk: Walk, jobs: number): Promise<number> {
  const attempt = { number: 1, priority: 'ordinary', since: new Date(), errors: [] } as const
  const { signal } = new AbortController()
  const one = async () => {
    const { record } = await walk({ imageId: 'image' }, attempt, signal)
    await record?.(undefined as never)
  }
  const before = process.cpuUsage()
  for (let done = 0; done < jobs; done += 32) await Promise.all(Array.from({ length: 32 }, one))
  const { user, system } = process.cpuUsage(before)
  return (user + system) / jobs
}

const nothing = async () => undefined
const turns: HostTurns = { take: async () => ({ end: () => undefined }) }
const store = {
  name: 'memory',
  put: nothing,
  get: nothing,
  read: nothing,
  delete: nothing,
} as unknown as BlobStore
const image = { itemId: 'item', url: 'https://shop.example/picture.jpg' }

/** All that an ingest goes through, each doing nothing. */
function roomsOf(own: HostTurns, storeNamed: (name: 'memory') => BlobStore): Rooms {
  const fetchOne = async (url: string, _: unknown, signal: AbortSignal) => {
    const ask = { host: 'shop.example:443', url, want: '', alone: true, begun: false }
    const turn = await own.take({ ...ask, limits: { hostConcurrency: 1, hostDelayMs: 0 } }, signal)
    turn.end({ status: 200, bytes: 1000, firstByteMs: 10 })
    return { url }
  }
  return {
    images: { findToIngest: async () => ({ image, catalog: { name: 'shop' } }), hold: nothing },
    items: { find: nothing },
    fetcherUnder: () => ({ page: nothing, image: fetchOne }),
    ...{ inspect: nothing, assess: () => null },
    keep: () => storeNamed('memory').put('key', new Uint8Array(1), { mediaType: 'image/jpeg' }),
  } as unknown as Rooms
}

const walkThrough =
  ({ images, fetcherUnder, inspect, assess, keep }: Rooms): Walk =>
  async (_, __, signal): Promise<Outcome<Tx>> => {
    await images.findToIngest('image' as never)
    await fetcherUnder(undefined as never).image(image.url, null, signal)
    await inspect()
    assess()
    await keep()
    return { done: true, record: (tx) => images.hold(tx, image as never, undefined as never) }
  }

const unwatched = () => walkThrough(roomsOf(turns, () => store))

const log = openLog({ LOG_LEVEL: 'info' })

const telemetryTo = (endpoint: string | null) =>
  openTelemetry(readSettings(telemetrySettings, { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint ?? '' }), log)

function watched(telemetry: Telemetry): Walk {
  const watch = openWatch(telemetry, log)
  const rooms = roomsOf(
    watchedTurns(turns, watch),
    watchedStores(() => store, watch),
  )
  const walk = walkThrough(watchedRooms(rooms, watch))
  const { ingest } = watch.handlers<{ ingest: { readonly imageId: string } }>({ ingest: walk })
  const about = { worker: 'worker', job: 'job', kind: 'ingest' }
  return (args, attempt, signal) => logAbout({ ...about, ...args }, () => ingest(args, attempt, signal))
}

/**
 * Magpie's own ingest, as `magpie scrape` runs it: pages read, every image recorded before it is fetched, originals kept
 * durably, everything in the embedded database with a sync at each commit. The seconds run from the first page handed
 * over to the last item arranged; the database's own memory is the peak that opening it had.
 * `node bench/peers/magpie.ts --server URL --to DIR [--count 2000] [--images-a-page 20]`
 */
import { parseArgs } from 'node:util'
import { settings } from '../../src/config.ts'
import { openLog } from '../../src/log.ts'
import { openMagpie } from '../../src/main.ts'
import { readSettings } from '../../src/settings.ts'
import { children, usageOf } from './processes.ts'

const { values } = parseArgs({
  options: {
    server: { type: 'string' },
    to: { type: 'string' },
    count: { type: 'string', default: '2000' },
    'images-a-page': { type: 'string', default: '20' },
  },
})
const { server, to } = values
if (!server || !to) throw new Error('usage: --server URL --to DIR [--count 2000] [--images-a-page 20]')

const config = readSettings(settings, {
  ...process.env,
  MAGPIE_DATA: to,
  FETCH_ALLOW_PRIVATE: new URL(server).host,
  LOG_LEVEL: 'warn',
})
const magpie = await openMagpie(config, openLog(config))
const databaseRssMb = Math.round(process.resourceUsage().maxRSS / 1024)

const perPage = Number(values['images-a-page'])
const keep = { maxImages: perPage, minScore: 0, min: { width: 1, height: 1 } }
// The server is ours: its own limits are the only ones.
await magpie.catalogs.ensure('bench', {
  keep,
  policy: { hostConcurrency: 64, hostDelayMs: 0, headers: {}, robots: 'respect' },
})

const started = performance.now()
const since = await magpie.items.now()
const pages = Array.from(
  { length: Math.ceil(Number(values.count) / perPage) },
  (_, at) => `${server}/pages/${at}.html?images=${perPage}`,
)
const stop = new AbortController()
const working = magpie.work(stop.signal)
const ids = []
for (const url of pages) ids.push(await magpie.scrape({ url, catalog: 'bench' }))
let progress = await magpie.items.progress(ids, since)
while (progress.finished < ids.length) {
  await new Promise((resolve) => setTimeout(resolve, 200))
  progress = await magpie.items.progress(ids, since)
}
const seconds = (performance.now() - started) / 1000
stop.abort()
await working
// Pictures are decoded in processes of their own, which count.
const usages = [process.pid, ...children()].map(usageOf)
const sum = (of: 'cpuSeconds' | 'peakRssMb') => usages.reduce((total, usage) => total + usage[of], 0)
const images = Object.values(progress.images).reduce((sum, count) => sum + count, 0)
await magpie.close()
console.log(
  JSON.stringify({
    images,
    states: progress.images,
    seconds: Number(seconds.toFixed(2)),
    cpuSeconds: Number(sum('cpuSeconds').toFixed(2)),
    peakRssMb: sum('peakRssMb'),
    databaseRssMb,
  }),
)

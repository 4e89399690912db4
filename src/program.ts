// What `magpie` on the command line runs; bin/magpie.js starts it.
import { existsSync } from 'node:fs'
import { runCli } from './cli/cli.ts'
import { readConfig, type Config } from './config.ts'
import { MagpieError } from './errors.ts'
import { serveHttp } from './http/serve.ts'
import { serveMetrics } from './http/serve-metrics.ts'
import { openLog } from './log.ts'
import { openDiscovery, openMagpie, openScoring } from './main.ts'

const ending = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // Ctrl-C twice, and we go at once; whatever was under way is taken up again next time. Other signals may come
    // twice by themselves: to the whole group, and passed on by our launcher.
    if (signal === 'SIGINT' && ending.signal.aborted) process.exit(130)
    ending.abort()
  })
}
// Our launcher's death must not leave us behind, holding the data folder.
process.on('disconnect', () => ending.abort())
process.channel?.unref()
// A reader that went away (`magpie … | head`) is no error.
process.stdout.on('error', (cause: NodeJS.ErrnoException) => process.exit(cause.code === 'EPIPE' ? 0 : 1))

process.exitCode = await runCli(process.argv.slice(2), {
  open: async (sources) => {
    const config = readConfig(sources)
    if (sources.mustExist) checkThereIsOne(config)
    return openMagpie(config, openLog(config))
  },
  openDiscovery: (sources) => {
    const config = readConfig(sources)
    return openDiscovery(config, openLog(config))
  },
  openScoring: (sources) => openScoring(readConfig(sources)),
  serveHttp,
  serveMetrics: async (magpie, sources) => {
    const { METRICS_PORT: port, METRICS_HOST: host } = readConfig(sources)
    return port === null ? null : serveMetrics(magpie, { host, port })
  },
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(text),
  isTerminal: process.stderr.isTTY ?? false,
  ending: ending.signal,
})

/** Whoever only looks must not leave a folder behind that they misspelt. Throws `file_not_found`. */
function checkThereIsOne({ DATABASE_URL, MAGPIE_DATA }: Config): void {
  if (DATABASE_URL !== null || existsSync(MAGPIE_DATA)) return
  throw new MagpieError('file_not_found', `There is no data folder "${MAGPIE_DATA}".`, {
    remedy: 'Check --data or MAGPIE_DATA; if nothing is kept yet, begin with: magpie scrape URL',
  })
}

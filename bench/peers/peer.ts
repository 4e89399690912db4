import { mkdirSync } from 'node:fs'
import { parseArgs } from 'node:util'

/** What a peer is asked to do: these addresses into that folder. */
export interface Errand {
  readonly urls: readonly string[]
  readonly to: string
}

/**
 * Reads `--server URL --count N --to DIR`, runs the peer, and prints one line of JSON. The peer answers how many
 * images it has in the end; of the corpus one file is damaged. The seconds are those of the work;
 * CPU and memory are those of the whole process.
 */
export async function runPeer(work: (errand: Errand) => Promise<number>): Promise<void> {
  const { values } = parseArgs({
    options: {
      server: { type: 'string' },
      count: { type: 'string', default: '2000' },
      to: { type: 'string' },
    },
  })
  const { server, to } = values
  if (!server || !to) throw new Error('usage: --server URL --to DIR [--count 2000]')
  mkdirSync(to, { recursive: true })
  const listed = await fetch(`${server}/urls.json?count=${values.count}`)
  const urls = ((await listed.json()) as readonly string[]).map((path) => server + path)

  const started = performance.now()
  const images = await work({ urls, to })
  const seconds = (performance.now() - started) / 1000
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  const measured = {
    images,
    seconds: Number(seconds.toFixed(2)),
    cpuSeconds: Number(((userCPUTime + systemCPUTime) / 1e6).toFixed(2)),
    peakRssMb: Math.round(maxRSS / 1024),
  }
  console.log(JSON.stringify(measured))
}

/** Does the work of all values, so many at a time. */
export async function eachOf<T>(
  values: Iterable<T>,
  atATime: number,
  work: (value: T) => Promise<void>,
): Promise<void> {
  const rest = values[Symbol.iterator]()
  const worker = async () => {
    for (let next = rest.next(); !next.done; next = rest.next()) await work(next.value)
  }
  await Promise.all(Array.from({ length: atATime }, worker))
}

/**
 * Inspects the photo corpus each time a line comes on standard input, and answers with a line of figures: in this process
 * (`--processes 0`, on as many threads as Magpie had for it) or in a sandbox.
 * `node bench/peers/inspect.ts --photos DIR --processes N`
 */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { openSandbox } from '../../src/imaging/sandbox.ts'
import { perform } from '../../src/imaging/sandbox/perform.ts'
import { usageOf } from './processes.ts'

/** As many as an ingesting process has under way. */
const atOnce = 32

const { values } = parseArgs({ options: { photos: { type: 'string' }, processes: { type: 'string' } } })
const folder = values.photos!
const photos = readdirSync(folder)
  .filter((file) => /^p\d+\./.test(file))
  .map((file) => readFileSync(path.join(folder, file)))
const order = { verb: 'inspect', limits: { maxPixels: 50e6, maxFrames: 500 } } as const
const processes = Number(values.processes)
const sandbox =
  processes > 0 ? openSandbox({ processes, limits: { timeoutMs: 30_000, maxMemory: 1e9 } }) : null

async function inspectAll(): Promise<void> {
  let next = 0
  const inspectSome = async () => {
    while (next < photos.length) {
      const bytes = photos[next++]!
      // One photograph of the corpus is damaged.
      await (sandbox ?? { perform }).perform(order, bytes).catch(() => undefined)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, inspectSome))
}

const usages = () => [process.pid, ...(sandbox?.pids() ?? [])].map(usageOf)
const cpuSeconds = () => usages().reduce((sum, usage) => sum + usage.cpuSeconds, 0)

for await (const _ of createInterface(process.stdin)) {
  const cpuBefore = cpuSeconds()
  const started = performance.now()
  await inspectAll()
  const seconds = (performance.now() - started) / 1000
  const [own, ...decoders] = usages()
  console.log(
    JSON.stringify({
      photos: photos.length,
      seconds,
      cpuSeconds: cpuSeconds() - cpuBefore,
      ownPeakMb: own!.peakRssMb,
      decoderPeakMb: decoders.map(({ peakRssMb }) => peakRssMb),
    }),
  )
}
await sandbox?.close()

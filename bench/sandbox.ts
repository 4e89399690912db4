import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import sharp from 'sharp'
import { openSandbox, type Sandbox } from '../src/imaging/sandbox.ts'
import { perform } from '../src/imaging/sandbox/perform.ts'
import { machine, median, table } from './report.ts'
import { measureTransports } from './transports.ts'

const photos = path.join(import.meta.dirname, '../../shared/data/photos')
const order = { verb: 'inspect', limits: { maxPixels: 50e6, maxFrames: 500 } } as const
const limits = { timeoutMs: 30_000, maxMemory: 1e9 }

/** One pass over the corpus, as a peer tells it. */
interface Pass {
  readonly photos: number
  readonly seconds: number
  readonly cpuSeconds: number
  readonly ownPeakMb: number
  readonly decoderPeakMb: readonly number[]
}

interface Peer {
  readonly name: string
  pass(): Promise<Pass>
  end(): void
}

/**
 * `npm run bench -- sandbox [--runs 9]`: the photo corpus inspected in process and in pools of 1, 2, 3 and 4 decoders, in
 * turn; what crossing into a decoder adds to one picture; how bytes could cross; how long a decoder takes to start.
 */
export async function run({ arguments: args }: { arguments: string[] }): Promise<void> {
  const { values } = parseArgs({ args, options: { runs: { type: 'string', default: '9' } } })
  if (!existsSync(photos)) return console.log('skipped: the photo corpus is not beside this checkout')
  console.log(machine())
  await printThroughput(Number(values.runs))
  await printLatency()
  console.log(await measureTransports())
}

async function printThroughput(runs: number): Promise<void> {
  const peers = [0, 1, 2, 3, 4].map(startPeer)
  const passes = new Map<Peer, Pass[]>(peers.map((peer) => [peer, []]))
  // The first pass is for compilers and caches to warm up.
  for (let round = 0; round <= runs; round++)
    for (const peer of peers) {
      const pass = await peer.pass()
      if (round > 0) passes.get(peer)!.push(pass)
    }
  for (const peer of peers) peer.end()
  const rate = (pass: Pass) => pass.photos / pass.seconds
  const inProcess = passes.get(peers[0]!)!
  const rows = peers.map((peer) => {
    const own = passes.get(peer)!
    return [
      peer.name,
      median(own.map(rate)).toFixed(0),
      median(own.map((pass, at) => rate(pass) / rate(inProcess[at]!))).toFixed(2),
      median(own.map((pass) => (pass.cpuSeconds / pass.photos) * 1000)).toFixed(1),
      String(own.at(-1)!.ownPeakMb),
      own.at(-1)!.decoderPeakMb.join(', '),
    ]
  })
  const heads = ['', 'photographs/s', 'ratio', 'CPU ms each', 'own peak RSS MB', 'decoders’ peak RSS MB']
  console.log(`\ninspect, 32 at once, medians of ${runs}\n\n${table(heads, rows)}`)
}

function startPeer(processes: number): Peer {
  const script = path.join(import.meta.dirname, 'peers/inspect.ts')
  const child = spawn(process.execPath, [script, '--photos', photos, '--processes', String(processes)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, UV_THREADPOOL_SIZE: String(availableParallelism() + 1), MALLOC_ARENA_MAX: '2' },
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return {
    name: processes === 0 ? 'in process' : `pool of ${processes}`,
    async pass() {
      child.stdin.write('\n')
      return JSON.parse((await lines.next()).value as string) as Pass
    },
    end: () => child.stdin.end(),
  }
}

async function printLatency(): Promise<void> {
  const pictures = [await photograph(100e3), await photograph(1e6), await photograph(5e6)]
  const sandbox = openSandbox({ processes: 1, limits })
  const rows = []
  for (const { megapixels, bytes } of pictures) {
    const inside: number[] = []
    const across: number[] = []
    for (let round = 0; round < 25; round++) {
      inside.push(await timed(() => perform(order, bytes)))
      across.push(await timed(() => sandbox.perform(order, bytes)))
    }
    rows.push([
      `${Math.round(bytes.length / 1e3)} KB, ${megapixels} MP`,
      median(inside).toFixed(1),
      median(across).toFixed(1),
      median(across.map((ms, at) => ms - inside[at]!)).toFixed(1),
    ])
  }
  await sandbox.close()
  const heads = ['one at a time', 'in process, ms', 'in a decoder, ms', 'added, ms']
  console.log(`\n${table(heads, rows)}\n`)
  console.log(`From nothing to a first answer: ${(await firstAnswer(pictures[0]!.bytes)).toFixed(0)} ms.`)
}

/** A photograph of about this many bytes: one of the corpus, made larger or smaller. */
async function photograph(byteSize: number): Promise<{ megapixels: string; bytes: Buffer }> {
  const largest = readFileSync(path.join(photos, 'p0008.jpg'))
  for (let width = 400; ; width = Math.round(width * 1.1)) {
    const { data, info } = await sharp(largest)
      .resize({ width })
      .jpeg({ quality: 92 })
      .toBuffer({ resolveWithObject: true })
    if (data.length >= byteSize)
      return { megapixels: ((info.width * info.height) / 1e6).toFixed(1), bytes: data }
  }
}

async function firstAnswer(bytes: Buffer): Promise<number> {
  const once = async () => {
    const sandbox: Sandbox = openSandbox({ processes: 1, limits })
    const ms = await timed(() => sandbox.perform(order, bytes))
    await sandbox.close()
    return ms
  }
  const all: number[] = []
  for (let round = 0; round < 7; round++) all.push(await once())
  return median(all)
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

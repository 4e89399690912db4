import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { machine, median, table } from './report.ts'

/** What one whole-process run of a peer measured. */
interface Measured {
  readonly images: number
  readonly seconds: number
  readonly cpuSeconds: number
  readonly peakRssMb: number
  /** Magpie's only: what the process had once the embedded database was open. */
  readonly databaseRssMb?: number
}

const peers = {
  'download only': 'download-loop.ts',
  'competent loop': 'competent-loop.ts',
  Magpie: 'magpie.ts',
} as const
type Peer = keyof typeof peers

const photos = path.join(import.meta.dirname, '../../shared/data/photos')

/**
 * `npm run bench -- ingest [--runs 5] [--count 2000] [--latency 0,100] [--distinct]`: the photo corpus over 2,000
 * addresses, ingested by Magpie, by a loop that only downloads, and by a competent loop, in turn; medians.
 */
export async function run({ arguments: args }: { arguments: string[] }): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      runs: { type: 'string', default: '5' },
      count: { type: 'string', default: '2000' },
      latency: { type: 'string', default: '0,100' },
      distinct: { type: 'boolean', default: false },
    },
  })
  if (!existsSync(photos)) return console.log('skipped: the photo corpus is not beside this checkout')
  console.log(machine())
  for (const latency of values.latency.split(',')) {
    const server = await startPhotoServer(latency, values.distinct)
    try {
      const measured = await inTurn(server.url, Number(values.runs), values.count)
      print(
        `${values.count} addresses, ${latency} ms latency${values.distinct ? ', distinct bytes' : ''}`,
        measured,
      )
    } finally {
      server.process.kill()
    }
  }
}

/** The photo corpus over HTTP, in a process of its own, which the caller ends. */
export async function startPhotoServer(
  latency: string,
  distinct: boolean,
): Promise<{ url: string; process: ChildProcess }> {
  const script = path.join(import.meta.dirname, 'photo-server.ts')
  const args = [script, '--photos', photos, '--latency', latency, ...(distinct ? ['--distinct'] : [])]
  const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const line = await new Promise<string>((resolve) =>
    server.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())),
  )
  return { url: (JSON.parse(line) as { url: string }).url, process: server }
}

/** A B C A B C …, so that a machine that slows down slows all of them. */
async function inTurn(
  server: string,
  runs: number,
  count: string,
): Promise<ReadonlyMap<Peer, readonly Measured[]>> {
  const measured = new Map<Peer, Measured[]>()
  for (let round = 0; round < runs; round++) {
    for (const [peer, script] of Object.entries(peers) as [Peer, string][]) {
      const one = await once(script, server, count)
      measured.set(peer, [...(measured.get(peer) ?? []), one])
      console.error(`round ${round + 1}: ${peer} ${(one.images / one.seconds).toFixed(0)}/s`)
    }
  }
  return measured
}

async function once(script: string, server: string, count: string): Promise<Measured> {
  const folder = mkdtempSync(path.join(tmpdir(), 'magpie-bench-'))
  try {
    const peer = spawn(
      process.execPath,
      [path.join(import.meta.dirname, 'peers', script), '--server', server, '--to', folder, '--count', count],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
        // As bin/magpie.js starts Magpie; the peers get the same.
        env: {
          ...process.env,
          UV_THREADPOOL_SIZE: String(availableParallelism() + 1),
          MALLOC_ARENA_MAX: '2',
        },
      },
    )
    let out = ''
    peer.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    const code = await new Promise((resolve) => peer.once('close', resolve))
    if (code !== 0) throw new Error(`${script} ended with ${String(code)}`)
    return JSON.parse(out.trim().split('\n').at(-1)!) as Measured
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function print(what: string, measured: ReadonlyMap<Peer, readonly Measured[]>): void {
  const rate = ({ images, seconds }: Measured) => images / seconds
  const loop = measured.get('competent loop')!
  const rows = [...measured].map(([peer, runs]) => [
    peer,
    median(runs.map(rate)).toFixed(0),
    median(runs.map(({ cpuSeconds, images }) => (cpuSeconds / images) * 1000)).toFixed(1),
    String(median(runs.map(({ peakRssMb }) => peakRssMb))),
    runs[0]!.databaseRssMb === undefined
      ? ''
      : String(median(runs.map(({ databaseRssMb }) => databaseRssMb!))),
    median(runs.map((one, at) => rate(one) / rate(loop[at]!))).toFixed(2),
  ])
  const heads = [
    '',
    'images/s',
    'CPU s per 1,000',
    'peak RSS MB',
    'of it the open database',
    'ratio to the loop',
  ]
  console.log(`\n${what}, medians of ${loop.length}\n\n${table(heads, rows)}`)
}

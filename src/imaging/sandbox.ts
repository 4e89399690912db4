import path from 'node:path'
import { MagpieError } from '../errors.ts'
import { startDecoder, type Decoder, type Gone } from './sandbox/decoder-process.ts'
import type { Message } from './sandbox/messages.ts'
import { refusedBy, type Order } from './sandbox/order.ts'
import type { PictureLimits } from './sandbox/watch.ts'

/** What the sandbox is doing, for those who watch it. */
export interface SandboxStats {
  /** Pictures that are being decoded, and pictures on their way there or in line. */
  readonly running: number
  readonly waiting: number
  /** Decoders that crashed or were ended by a limit, so far; and of them those ended by a limit. */
  readonly restarts: number
  readonly killed: number
}

/** Processes in which pictures are decoded: what crashes or hangs there takes only one picture with it. */
export interface Sandbox {
  /**
   * Has it done in a decoder, after those who came before. An aborted picture leaves the line; one under way is let
   * go. Throws as `perform`, and `image_too_slow`, `image_crashed`, `interrupted` after closing, the signal's reason;
   * `internal` when no decoder can be started.
   */
  perform(order: Order, bytes: Uint8Array, signal?: AbortSignal): Promise<Message>
  stats(): SandboxStats
  /** The decoders' process ids. */
  pids(): readonly number[]
  /** Ends every decoder at once; what waits or runs ends with `interrupted`. */
  close(): Promise<void>
}

export interface SandboxOptions {
  /** The most decoders at once; they start when there is work, and end when there has been none for a while. */
  readonly processes: number
  readonly limits: PictureLimits
  readonly idleMs?: number
  /** The file that decoders run. */
  readonly entry?: string
}

interface Picture {
  readonly order: Order
  readonly bytes: Uint8Array
  readonly settle: (result: Message | MagpieError) => void
  /** How often it was given to a decoder that was gone by then. */
  missed: number
}

interface Pool {
  readonly options: Required<SandboxOptions>
  readonly line: Picture[]
  readonly decoders: Set<Decoder>
  readonly ended: { restarts: number; killed: number }
  failedStarts: number
  closed: boolean
}

const ownEntry = path.join(import.meta.dirname, `sandbox/decoder${path.extname(import.meta.filename)}`)

/** After so many in a row there is no point in going on. */
const mostFailures = 3

/** Opens a sandbox; no process is started yet. */
export function openSandbox(options: SandboxOptions): Sandbox {
  const pool: Pool = {
    options: { idleMs: 60_000, entry: ownEntry, ...options },
    line: [],
    decoders: new Set(),
    ended: { restarts: 0, killed: 0 },
    failedStarts: 0,
    closed: false,
  }
  return {
    perform: (order, bytes, signal) => perform(pool, order, bytes, signal),
    stats: () => ({
      running: count(pool, 'busy'),
      waiting: count(pool, 'given') + pool.line.length,
      ...pool.ended,
    }),
    pids: () => [...pool.decoders].flatMap(({ pid }) => pid ?? []),
    async close() {
      pool.closed = true
      refuseAll(pool, new MagpieError('interrupted'))
      await Promise.all([...pool.decoders].map((decoder) => decoder.end()))
    },
  }
}

async function perform(pool: Pool, order: Order, bytes: Uint8Array, signal?: AbortSignal): Promise<Message> {
  if (pool.closed) throw new MagpieError('interrupted')
  signal?.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<Message>()
  const settle = (result: Message | MagpieError) =>
    result instanceof MagpieError ? reject(result) : resolve(result)
  const picture: Picture = { order, bytes, settle, missed: 0 }
  const abort = () => {
    const place = pool.line.indexOf(picture)
    if (place >= 0) pool.line.splice(place, 1)
    reject(signal!.reason as Error)
  }
  signal?.addEventListener('abort', abort, { once: true })
  pool.line.push(picture)
  advance(pool)
  try {
    return await promise
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}

/** Gives the line's pictures to decoders that are idle, and starts as many more as have something to do. */
function advance(pool: Pool): void {
  const { line, decoders, options } = pool
  for (const decoder of decoders)
    if (line.length > 0 && decoder.state === 'idle') void give(pool, decoder, line.shift()!)
  const wanted = Math.min(line.length - count(pool, 'starting'), options.processes - decoders.size)
  for (let started = 0; started < wanted && !pool.closed; started++) start(pool)
}

async function give(pool: Pool, decoder: Decoder, picture: Picture): Promise<void> {
  const ending = await decoder.decode(picture.order, picture.bytes)
  if (ending.kind === 'answered') picture.settle(refusedBy(ending.message) ?? ending.message)
  else if (ending.kind === 'failed') picture.settle(ending.error)
  else if (++picture.missed < mostFailures && !pool.closed) pool.line.unshift(picture)
  else picture.settle(new MagpieError('image_crashed'))
  advance(pool)
}

const count = ({ decoders }: Pool, wanted: Decoder['state']): number =>
  [...decoders].filter(({ state }) => state === wanted).length

function start(pool: Pool): void {
  const { entry, limits, idleMs } = pool.options
  try {
    const decoder: Decoder = startDecoder({
      ...{ entry, limits, idleMs },
      onReady: () => {
        pool.failedStarts = 0
        advance(pool)
      },
      onGone: (why, said) => {
        pool.decoders.delete(decoder)
        leave(pool, why, said)
      },
    })
    pool.decoders.add(decoder)
  } catch (cause) {
    leave(pool, 'not-started', String(cause))
  }
}

function leave(pool: Pool, why: Gone, said: string): void {
  if (why === 'killed' || why === 'crashed') pool.ended.restarts += 1
  if (why === 'killed') pool.ended.killed += 1
  if (why !== 'not-started') return advance(pool)
  pool.failedStarts += 1
  // Others that live take what waits when they come to it.
  if (pool.decoders.size > 0) return
  if (pool.failedStarts < mostFailures) return advance(pool)
  pool.failedStarts = 0
  refuseAll(
    pool,
    new MagpieError('internal', 'No process for decoding pictures can be started.', {
      cause: new Error(said),
    }),
  )
}

function refuseAll({ line }: Pool, error: MagpieError): void {
  for (const { settle } of line.splice(0)) settle(error)
}

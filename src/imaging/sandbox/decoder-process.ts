import { spawn, type ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import { MagpieError } from '../../errors.ts'
import { messageReader, sendMessage, type Message } from './messages.ts'
import type { Order } from './order.ts'
import { watch, type PictureLimits } from './watch.ts'

/** How it went with a picture that was given to a decoder. */
export type Ending =
  | { readonly kind: 'answered'; readonly message: Message }
  | { readonly kind: 'failed'; readonly error: MagpieError }
  /** The decoder was gone before it had the picture, which is not to blame. */
  | { readonly kind: 'not-begun' }

/** Why a decoder is gone: it was told to, it broke a limit, it crashed, or it never came to work. */
export type Gone = 'told' | 'killed' | 'crashed' | 'not-started'

/** A child process that decodes pictures, one at a time. It keeps the worker from exiting only while it has one. */
export interface Decoder {
  readonly pid: number | undefined
  /** It is given a picture, and busy from when it has said that it has it. */
  readonly state: 'starting' | 'idle' | 'given' | 'busy' | 'ending'
  /** Only for one that is idle. Never rejects. */
  decode(order: Order, bytes: Uint8Array): Promise<Ending>
  /** Ends it at once, and with `interrupted` what it has under way; resolves when the process is gone. */
  end(): Promise<void>
}

export interface DecoderOptions {
  /** The file that it runs. */
  readonly entry: string
  readonly limits: PictureLimits
  /** How long it waits for a next picture. */
  readonly idleMs: number
  readonly onReady: () => void
  /** `words` are the last that it wrote to standard error. */
  readonly onGone: (why: Gone, words: string) => void
}

/** What the worker knows of one decoder. */
interface Life {
  readonly child: ChildProcess
  /** Missing when the system had none to give; the child has not been started then. */
  readonly pipe: Socket | undefined
  readonly limits: PictureLimits
  readonly idleMs: number
  state: Decoder['state']
  why: Gone | null
  /** Tells whoever waits for the picture under way. */
  settle: (ending: Ending) => void
  timer: NodeJS.Timeout | undefined
}

/** Node and sharp take 0.4 s to load on an idle machine. */
const startMs = 30_000

/** Starts a decoder. Throws when the system refuses at once; what goes wrong later is told to `onGone`. */
export function startDecoder({ entry, limits, idleMs, onReady, onGone }: DecoderOptions): Decoder {
  const child = spawnDecoder(entry)
  // Where the system has run out of files, Node gives a child without any.
  const pipe = (child.stdio as typeof child.stdio | undefined)?.[3] as Socket | undefined
  const life: Life = { child, pipe, limits, idleMs, ...unborn }
  life.timer = setTimeout(() => kill(life, 'not-started'), startMs)
  const lastWords = tailOf(child)
  const gone = Promise.withResolvers<void>()

  child.once('close', (code: number | null, signal: string | null) => {
    const why = life.why ?? (life.state === 'starting' ? 'not-started' : 'crashed')
    const how = signal ?? `exit code ${code}`
    life.settle(life.state === 'busy' ? crashed(how, lastWords()) : { kind: 'not-begun' })
    kill(life, why)
    onGone(why, lastWords())
    gone.resolve()
  })
  // A pipe that breaks is a decoder that died, or that sent what makes no sense.
  const broken = () => child.kill('SIGKILL')
  const take = (message: Message) => {
    if (life.state === 'busy') life.settle({ kind: 'answered', message })
    else if (life.state === 'given') life.state = 'busy'
    else if (life.state === 'starting') {
      rest(life)
      onReady()
    }
  }
  pipe?.on('error', broken).on('data', messageReader(take, broken))
  return {
    pid: child.pid,
    get state() {
      return life.state
    },
    decode: (order, bytes) => decode(life, order, bytes),
    async end() {
      kill(life, 'told')
      life.settle({ kind: 'failed', error: new MagpieError('interrupted') })
      await gone.promise
    },
  }
}

const unborn = { state: 'starting', why: null, settle: () => undefined, timer: undefined } as const

function spawnDecoder(entry: string): ChildProcess {
  return spawn(process.execPath, [entry], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    // Nothing of our environment: what breaks out of a decoder finds no passwords there. glibc's arenas would hold on
    // to a third more memory.
    env: { MALLOC_ARENA_MAX: '2' },
    windowsHide: true,
  })
}

function decode(life: Life, order: Order, bytes: Uint8Array): Promise<Ending> {
  clearTimeout(life.timer)
  life.state = 'given'
  hold(life, true)
  const { promise, resolve } = Promise.withResolvers<Ending>()
  const unwatch = watch(life.child.pid!, life.limits, (error) => {
    kill(life, 'killed')
    life.settle({ kind: 'failed', error })
  })
  life.settle = (ending) => {
    life.settle = unborn.settle
    unwatch()
    if (ending.kind === 'answered') rest(life)
    resolve(ending)
  }
  sendMessage(life.pipe!, { words: order, bytes })
  return promise
}

function rest(life: Life): void {
  clearTimeout(life.timer)
  life.state = 'idle'
  hold(life, false)
  life.timer = setTimeout(() => kill(life, 'told'), life.idleMs).unref()
}

function kill(life: Life, why: Gone): void {
  clearTimeout(life.timer)
  life.state = 'ending'
  life.why ??= why
  // Whoever waits for its end is to see it.
  hold(life, true)
  life.child.kill('SIGKILL')
}

/** Whether the worker stays for this decoder. */
function hold({ child, pipe }: Life, on: boolean): void {
  for (const handle of [child, pipe, child.stderr as Socket | null])
    if (on) handle?.ref()
    else handle?.unref()
}

function crashed(how: string, words: string): Ending {
  const message = `The picture took the decoder down (${how}).`
  const cause = words === '' ? undefined : new Error(words)
  return { kind: 'failed', error: new MagpieError('image_crashed', message, { measured: how, cause }) }
}

/** Keeps the end of what a child says before it dies, and why it could not be started. */
function tailOf(child: ChildProcess): () => string {
  let tail = ''
  const keep = (words: string) => {
    tail = (tail + words).slice(-2000)
  }
  child.stderr?.setEncoding('utf8').on('data', keep)
  child.once('error', ({ message }) => keep(message))
  return () => tail.trim()
}

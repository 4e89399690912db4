import type { Readable, Transform } from 'node:stream'
import zlib from 'node:zlib'
import { MagpieError } from '../errors.ts'
import { hostOf } from './checked-url.ts'
import { failure, tooSlow } from './failures.ts'
import { header, type Headers } from './statuses.ts'

export interface BodyLimits {
  /** Of the bytes on the wire, and again of the decompressed ones. */
  readonly maxBytes: number
  /** The setting that `maxBytes` comes from, for messages. */
  readonly setting: string
  /** What to do with a larger body: throw `body_too_large`, or take its beginning. */
  readonly beyond: 'refuse' | 'cut'
  readonly idleMs: number
  /** Sees the first bytes, decompressed, before the rest is read; throws to refuse them. */
  readonly inspect?: (start: Buffer) => void
}

export interface Answer {
  readonly url: URL
  readonly headers: Headers
  readonly body: Readable
  /** Told of the bytes on the wire as they come. */
  readonly onBytes?: (bytes: number) => void
}

/** How many bytes `inspect` wants to see. */
const startBytes = 1024

/** The encodings we ask for. Not deflate, which some servers send without its frame; sent with it, it is read. */
export const encodings = ['gzip', 'br', ...('createZstdDecompress' in zlib ? ['zstd'] : [])]

/**
 * Reads a whole body, decompressed, in bounded memory and time; the connection is destroyed as soon as anything is wrong.
 * Throws the signal's reason, `body_too_large`, `body_truncated`, `response_invalid` (damaged compression),
 * `encoding_unsupported`, `fetch_timeout`, `connection_lost`, or what `inspect` throws.
 */
export async function limitedBody(
  answer: Answer,
  limits: BodyLimits,
  signal: AbortSignal,
): Promise<Uint8Array> {
  try {
    const declared = declaredLength(answer, limits)
    const decoder = decoderOf(answer)
    return await read(answer, { decoder, declared, limits }, signal)
  } catch (thrown) {
    answer.body.on('error', () => {}).destroy()
    signal.throwIfAborted()
    throw failure(thrown, answer.url, 'body')
  }
}

function declaredLength({ url, headers }: Answer, limits: BodyLimits): number | null {
  const value = header(headers, 'content-length')
  if (value === null) return null
  const length = Number(value)
  if (length > limits.maxBytes && limits.beyond === 'refuse') throw tooLarge(url, limits, length)
  return length
}

/** The stream that undoes the Content-Encoding; null when there is none. */
function decoderOf({ url, headers }: Answer): Transform | null {
  const encoding = [headers['content-encoding'] ?? ''].flat().join(',').trim().toLowerCase()
  if (encoding === '' || encoding === 'identity' || encoding === 'none') return null
  if (encoding === 'gzip' || encoding === 'x-gzip') return zlib.createGunzip()
  if (encoding === 'br') return zlib.createBrotliDecompress()
  if (encoding === 'deflate') return zlib.createInflate()
  if (encoding === 'zstd' && encodings.includes('zstd'))
    // RFC 9659 keeps the window of this encoding to 8 MiB; the decoder would take 128.
    return zlib.createZstdDecompress({ params: { [zlib.constants.ZSTD_d_windowLogMax]: 23 } })
  throw new MagpieError(
    'encoding_unsupported',
    `${hostOf(url)} answered in the encoding "${encoding.replace(/[^\x21-\x7e]/g, '?').slice(0, 60)}", which is not read here.`,
    { measured: encoding.slice(0, 60) },
  )
}

interface Reading {
  readonly decoder: Transform | null
  readonly declared: number | null
  readonly limits: BodyLimits
}

function read(
  answer: Answer,
  { decoder, declared, limits }: Reading,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { url, body, onBytes } = answer
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
  const kept = keeper(url, limits)
  let wire = 0
  const idle = setTimeout(() => reject(tooSlow(url, 'FETCH_IDLE_MS', limits.idleMs)), limits.idleMs)
  // Our own way out: a damaged gzip stream may never settle by itself.
  const abort = () => reject(signal.reason as Error)
  const whole = guarded(() => resolve(kept.whole()), reject)
  const keep = guarded((chunk: Buffer) => kept.add(chunk) && resolve(kept.whole()), reject)
  signal.addEventListener('abort', abort)
  body.on('data', (chunk: Buffer) => {
    idle.refresh()
    wire += chunk.length
    onBytes?.(chunk.length)
    if (wire > limits.maxBytes && limits.beyond === 'refuse') reject(tooLarge(url, limits, wire))
    if (!decoder) keep(chunk)
  })
  body.on('error', reject)
  body.on('close', () => body.readableEnded || reject(cutShort(url, wire, declared)))
  body.on('end', () => {
    if (declared !== null && wire !== declared) reject(cutShort(url, wire, declared))
    else if (!decoder) whole()
  })
  if (decoder) {
    decoder.on('data', keep).on('end', whole)
    decoder.on('error', (error) => reject(damaged(answer, wire, error)))
    body.pipe(decoder)
  }
  if (signal.aborted) abort()
  return promise.finally(() => {
    clearTimeout(idle)
    signal.removeEventListener('abort', abort)
    release(body, decoder)
  })
}

/** A listener whose throwing rejects, in place of ending the process. */
const guarded =
  <A extends unknown[]>(step: (...args: A) => unknown, reject: (thrown: unknown) => void) =>
  (...args: A): void => {
    try {
      step(...args)
    } catch (thrown) {
      reject(thrown)
    }
  }

function release(body: Readable, decoder: Transform | null) {
  if (decoder) body.unpipe(decoder)
  decoder?.on('error', () => {}).destroy()
  if (!body.readableEnded) body.on('error', () => {}).destroy()
}

/** Gathers decoded chunks under the limit; `add` says whether that is enough. */
function keeper(url: URL, limits: BodyLimits) {
  const chunks: Buffer[] = []
  let size = 0
  let seen = false
  const look = () => {
    if (seen) return
    seen = true
    limits.inspect?.(Buffer.concat(chunks).subarray(0, startBytes))
  }
  return {
    add: (chunk: Buffer): boolean => {
      size += chunk.length
      if (size > limits.maxBytes && limits.beyond === 'refuse') throw tooLarge(url, limits, size)
      chunks.push(chunk)
      if (size >= startBytes) look()
      return size >= limits.maxBytes && limits.beyond === 'cut'
    },
    whole: (): Uint8Array => {
      look()
      const bytes = Buffer.concat(chunks)
      return limits.beyond === 'cut' ? bytes.subarray(0, limits.maxBytes) : bytes
    },
  }
}

const tooLarge = (url: URL, limits: BodyLimits, measured: number) =>
  new MagpieError(
    'body_too_large',
    `The answer of ${hostOf(url)} is ${measured} bytes or more; ${limits.maxBytes} are allowed.`,
    { setting: limits.setting, measured, remedy: `${limits.setting} sets the limit.` },
  )

const cutShort = (url: URL, wire: number, declared: number | null) =>
  new MagpieError(
    'body_truncated',
    `The answer of ${hostOf(url)} broke off after ${wire}${declared === null ? '' : ` of ${declared}`} bytes.`,
    { measured: wire },
  )

/**
 * What was compressed is damaged. Where HTTP's own framing was whole, it is so at the source, and will be the next time;
 * where the end of the connection is the end of the answer, it may have come too early.
 */
function damaged({ url, headers }: Answer, wire: number, cause: Error): MagpieError {
  const framed = header(headers, 'content-length') ?? header(headers, 'transfer-encoding')
  if (framed === null && 'code' in cause && cause.code === 'Z_BUF_ERROR') return cutShort(url, wire, null)
  return new MagpieError(
    'response_invalid',
    `The answer of ${hostOf(url)} is compressed and the compression is damaged.`,
    { cause },
  )
}

import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { MagpieError } from '../../errors.ts'

/** Slower than this a store counts as away, whatever its patience. */
const leastBytesPerMs = 64

/**
 * A store's answer as a stream that ends only as it should: with all of its bytes, in time, and with their digest.
 * The time is that of the store alone; a reader may be as slow as it likes. Fails with `store_unavailable`, or
 * `blob_damaged` before the last bytes are given, so that nobody takes them for whole.
 */
export function checkedStream(of: Answer): ReadableStream<Uint8Array> {
  const next = patientReader(of)
  const look = checker(of)
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const chunk = await next()
        look(chunk)
        if (chunk) controller.enqueue(chunk)
        else controller.close()
      } catch (cause) {
        of.body.destroy()
        controller.error(coded(cause))
      }
    },
    cancel: () => void of.body.destroy(),
  })
}

interface Answer {
  readonly body: Readable
  readonly byteSize: number
  /** In hex; null where none is known. */
  readonly digest: string | null
  readonly timeoutMs: number
}

/** Gives chunk after chunk, null at the end, for as long as the store has time left. */
function patientReader({ body, byteSize, timeoutMs }: Answer): () => Promise<Uint8Array | null> {
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, undefined>
  let leftMs = timeoutMs + byteSize / leastBytesPerMs
  return async () => {
    const since = performance.now()
    const timer = setTimeout(() => body.destroy(new Error('it came too slowly')), leftMs)
    try {
      return (await chunks.next()).value ?? null
    } finally {
      clearTimeout(timer)
      leftMs -= performance.now() - since
    }
  }
}

function checker({ byteSize, digest }: Answer): (chunk: Uint8Array | null) => void {
  const hash = createHash('sha256')
  let seen = 0
  return (chunk) => {
    if (!chunk) {
      if (seen < byteSize) throw new Error(`it broke off after ${seen} of ${byteSize} bytes`)
      return
    }
    hash.update(chunk)
    seen += chunk.byteLength
    if (seen > byteSize) throw new Error(`more than the ${byteSize} bytes came that were stated`)
    if (seen === byteSize && digest !== null && hash.digest('hex') !== digest)
      throw new MagpieError(
        'blob_damaged',
        'the bytes that came have another digest than those that were put',
      )
  }
}

const coded = (cause: unknown) =>
  cause instanceof MagpieError
    ? cause
    : new MagpieError(
        'store_unavailable',
        `the store’s answer did not come whole: ${cause instanceof Error ? cause.message : String(cause)}`,
        { cause },
      )

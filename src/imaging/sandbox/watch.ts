import { readFileSync } from 'node:fs'
import { MagpieError } from '../../errors.ts'

/** What one picture may take. */
export interface PictureLimits {
  readonly timeoutMs: number
  /** Resident memory of the whole decoder, in bytes. */
  readonly maxMemory: number
}

const lookEveryMs = 50

/**
 * Watches a decoder while it has a picture, and says once which limit that picture broke: `image_too_slow`, or
 * `image_crashed` for memory. Returns how to stop watching.
 */
export function watch(pid: number, limits: PictureLimits, broken: (error: MagpieError) => void): () => void {
  const began = performance.now()
  const looking = setInterval(() => {
    const error = tooSlow(performance.now() - began, limits) ?? tooLarge(residentBytes(pid), limits)
    if (!error) return
    clearInterval(looking)
    broken(error)
  }, lookEveryMs)
  return () => clearInterval(looking)
}

function tooSlow(elapsedMs: number, { timeoutMs }: PictureLimits): MagpieError | null {
  if (elapsedMs < timeoutMs) return null
  const message = `The picture could not be decoded within ${timeoutMs} ms.`
  return new MagpieError('image_too_slow', message, {
    setting: 'IMAGING_TIMEOUT_MS',
    measured: Math.round(elapsedMs),
  })
}

function tooLarge(resident: number, { maxMemory }: PictureLimits): MagpieError | null {
  if (resident <= maxMemory) return null
  const megabytes = (bytes: number) => Math.round(bytes / 1e6)
  const message = `Decoding the picture took ${megabytes(resident)} MB of memory; ${megabytes(maxMemory)} are allowed.`
  return new MagpieError('image_crashed', message, {
    setting: 'IMAGING_MAX_MEMORY',
    measured: resident,
    remedy: 'IMAGING_MAX_MEMORY sets the limit.',
  })
}

/** A process's resident memory in bytes; 0 where that cannot be read, as on anything but Linux. */
export function residentBytes(pid: number): number {
  try {
    // Not statm, which counts in pages: their size differs between machines.
    const status = readFileSync(`/proc/${pid}/status`, 'latin1')
    return Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}

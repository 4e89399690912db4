import { MagpieError } from '../errors.ts'

/** Lets `atOnce` through at a time and holds `waiting` more; whoever comes beyond that is asked to come back. */
export function limiter(atOnce: number, waiting: number) {
  let running = 0
  const queue: (() => void)[] = []
  return async <T>(go: () => Promise<T>): Promise<T> => {
    if (running >= atOnce) {
      if (queue.length >= waiting)
        throw new MagpieError('image_not_ready', 'Too many pictures are being made at once.', {
          retryAfterMs: 2_000,
        })
      // The place is handed over, not given back, so that nobody slips in between.
      await new Promise<void>((resolve) => queue.push(resolve))
    } else running += 1
    try {
      return await go()
    } finally {
      const next = queue.shift()
      if (next) next()
      else running -= 1
    }
  }
}

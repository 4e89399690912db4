export interface Places {
  /** Waits for a place, and answers how to leave it again. Throws the signal's reason. */
  take(signal: AbortSignal): Promise<() => void>
}

/** So many at once; the others wait in line. */
export function places(most: number): Places {
  let taken = 0
  const line: (() => void)[] = []
  // A place goes from hand to hand, so that nobody can overtake who was called.
  const leave = () => {
    const next = line.shift()
    if (next) next()
    else taken--
  }
  return {
    async take(signal) {
      signal.throwIfAborted()
      if (taken < most) {
        taken++
        return leave
      }
      const turn = Promise.withResolvers<void>()
      const giveUp = () => {
        const at = line.indexOf(turn.resolve)
        // Who was called already has the place, and leaves it as all do.
        if (at < 0) return
        line.splice(at, 1)
        turn.reject(signal.reason as Error)
      }
      line.push(turn.resolve)
      signal.addEventListener('abort', giveUp)
      await turn.promise.finally(() => signal.removeEventListener('abort', giveUp))
      return leave
    },
  }
}

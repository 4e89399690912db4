/** Wakes one sleeper; a ring while nobody sleeps is remembered. */
export interface Doorbell {
  ring(): void
  /** Whether the next sleeper would not sleep. */
  isRung(): boolean
  rung(atMostMs: number): Promise<void>
}

export function doorbell(): Doorbell {
  let wasRung = false
  let answer: (() => void) | null = null
  return {
    ring: () => {
      wasRung = true
      answer?.()
    },
    isRung: () => wasRung,
    rung: async (atMostMs) => {
      if (!wasRung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, atMostMs)
          answer = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      answer = null
      wasRung = false
    },
  }
}

/** Resolves when the signal aborts. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** Whether a promise resolves within so many milliseconds. */
export async function inTime(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), ms)))
  return Promise.race([promise.then(() => true), late]).finally(() => clearTimeout(timer))
}

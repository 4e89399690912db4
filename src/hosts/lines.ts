import type { End } from './host-state.ts'
import type { TurnAsk } from './host-turns.ts'
import type { Asking } from './rules.ts'

/** One who waits in this process. */
export interface Waiter {
  readonly ask: TurnAsk
  readonly id: string
  readonly askedAt: number
  /** Set once nobody waits for it any more, though a turn may still be on its way to it. */
  left: boolean
  readonly granted: (startedAt: number) => void
  readonly refused: (cause: unknown) => void
}

/** What one host has in this process: those who wait, oldest first, and what is to be given back. */
export interface Line {
  waiters: Waiter[]
  ends: End[]
  /** When the keeper is to be asked next; Infinity while it is. */
  dueAt: number
}

/** What of a line goes to the keeper at one time. */
export interface Taken {
  readonly waiters: readonly Waiter[]
  readonly asks: readonly Asking[]
  readonly ends: readonly End[]
}

/** The lines of this process, by host; those that are empty are not kept. Times are those of `performance.now()`. */
export interface Lines {
  /** The line of a host, to be served at a time or earlier. */
  dueBy(host: string, at: number): Line
  /** Takes out of every line that is due, or has something to give back, what the keeper has to know. */
  takeDue(): ReadonlyMap<string, Taken>
  /** Has everything that is to be given back due now. */
  hurry(): void
  /** Infinity if there is nothing to do. */
  nextDueAt(): number
  leave(waiter: Waiter): void
}

export function openLines(): Lines {
  const lines = new Map<string, Line>()
  const dueBy = (host: string, at: number): Line => {
    const line = lines.get(host) ?? { waiters: [], ends: [], dueAt: at }
    line.dueAt = Math.min(line.dueAt, at)
    lines.set(host, line)
    return line
  }
  return {
    dueBy,
    takeDue() {
      const now = performance.now()
      const due = [...lines].filter(([, { dueAt, ends }]) => dueAt <= now || ends.length > 0)
      const taken = new Map(due.map(([host, line]) => [host, takenFrom(line, now)]))
      for (const [host, { waiters }] of due) if (waiters.length === 0) lines.delete(host)
      return taken
    },
    hurry() {
      for (const line of lines.values()) if (line.ends.length > 0) line.dueAt = 0
    },
    nextDueAt: () => Math.min(Infinity, ...lines.values().map(({ dueAt }) => dueAt)),
    leave(waiter) {
      const line = lines.get(waiter.ask.host)
      if (line) line.waiters = line.waiters.filter((one) => one !== waiter)
      if (line?.waiters.length === 0 && line.ends.length === 0) lines.delete(waiter.ask.host)
    },
  }
}

function takenFrom(line: Line, now: number): Taken {
  const { waiters, ends } = line
  const asks = waiters.map(({ ask, id, askedAt }) => ({ ...ask, id, waitedMs: now - askedAt }))
  line.ends = []
  line.dueAt = Infinity
  // A copy: others line up while these are served, and have no answer yet.
  return { waiters: [...waiters], asks, ends }
}

import type { HostLimits, HostStanding, TurnReport } from './host-turns.ts'
import { used, windowNames, type Windows } from './windows.ts'

/** What all processes together remember of a host. Times are milliseconds since 1970 by one clock, 0 for never. */
export interface HostState {
  /** When the last request started, and when the last one ended. */
  readonly startedAt: number
  readonly endedAt: number
  /** Requests started in the batch that is under way. */
  readonly batch: number
  readonly windows: Windows
  readonly pace: number
  /** When the pace was last taken down. */
  readonly slowedAt: number
  /** What the host usually takes and sends: means that fade, and over how many answers. */
  readonly usual: {
    readonly answers: number
    readonly firstByteMs: number
    readonly tookMs: number
    readonly bytes: number
  }
  /** The different wants that were refused in a row, a few of them. */
  readonly refused: readonly string[]
  /** How many answers in a row said that we may not have what we asked for. */
  readonly forbidden: number
  readonly pause: Pause | null
  /** The time that the last of those who could not wait was told to come back at. */
  readonly toldUntil: number
  /** Who waits near by, by process: since when, how many, and when they last said so. */
  readonly waiting: Readonly<Record<string, { since: number; count: number; seenAt: number }>>
}

/** A time without requests: the host asked for it, or refused so often that one probe has to decide. */
export interface Pause {
  readonly kind: 'asked' | 'refusing'
  readonly until: number
  /** A code of the table of errors. */
  readonly reason: string
  /** How often in a row the probe was refused as well. */
  readonly strikes: number
  /** The turn that tries whether the host is well again. */
  readonly probe: string | null
}

/** A request under way, whoever makes it. */
export interface UnderWay {
  readonly id: string
  readonly want: string
  readonly holder: string
}

/** A host with its state and what is under way there. */
export interface Host {
  readonly state: HostState
  readonly underWay: readonly UnderWay[]
}

/** A turn that is given back; a report of null says that it was not used. */
export interface End {
  readonly id: string
  readonly want: string
  readonly limits: HostLimits
  readonly startedAt: number
  readonly report: TurnReport | null
}

/** A host of which nothing is known. */
export const unknownHost: HostState = {
  startedAt: 0,
  endedAt: 0,
  batch: 0,
  windows: {},
  pace: 1,
  slowedAt: 0,
  usual: { answers: 0, firstByteMs: 0, tookMs: 0, bytes: 0 },
  refused: [],
  forbidden: 0,
  pause: null,
  toldUntil: 0,
  waiting: {},
}

/** A state as it was written, perhaps by an older version. */
export const hostStateFrom = (written: unknown): HostState => ({
  ...unknownHost,
  ...(written as Partial<HostState>),
})

/** A host as people see it. */
export function standing(host: string, { state, underWay }: Host, now: number): HostStanding {
  const pause =
    state.pause && (state.pause.kind === 'refusing' || state.pause.until > now) ? state.pause : null
  const counted = windowNames
    .map((name) => [name, used(state.windows, name, now)] as const)
    .filter(([, amount]) => amount > 0)
  return {
    host,
    underWay: underWay.length,
    rate: state.pace,
    pausedUntil: pause && new Date(pause.until),
    reason: pause && pause.reason,
    used: Object.fromEntries(counted),
  }
}

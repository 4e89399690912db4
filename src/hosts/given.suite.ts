import type { End, Host, HostState } from './host-state.ts'
import { unknownHost } from './host-state.ts'
import type { HostLimits, TurnReport } from './host-turns.ts'
import { served, type Asking, type Verdict } from './rules.ts'

export const never = new AbortController().signal

export const unlimited: HostLimits = { hostConcurrency: 100, hostDelayMs: 0 }

export const fine: TurnReport = { status: 200, bytes: 1000, firstByteMs: 10 }

/** Where a test's time begins: some day, at no round number. */
export const dawn = 1_790_000_000_123

/** One host under the rules alone: asked and given back to at times that the test says. */
export interface Rehearsal {
  readonly host: Host
  /** A request wants to start; what it is told. */
  ask(at: number, limits: HostLimits, of?: Partial<Asking & { holder: string; nearMs: number }>): Verdict
  /** Several at once, oldest first. */
  askAll(at: number, limits: HostLimits, count: number): readonly Verdict[]
  /** Ends the request that has been under way longest, or the one named. */
  end(at: number, report: TurnReport | null, id?: string): void
}

export function rehearsal(state: Partial<HostState> = {}): Rehearsal {
  let host: Host = { state: { ...unknownHost, ...state }, underWay: [] }
  let asked = 0
  const open = new Map<string, Omit<End, 'report'>>()
  const asking = (limits: HostLimits): Asking => ({
    ...{ host: 'a:80', id: `turn-${asked}`, want: `want-${asked++}` },
    ...{ alone: true, begun: false, limits, waitedMs: 0 },
  })
  const visit = (at: number, asks: readonly Asking[], { holder = 'us', nearMs = 2000 } = {}) => {
    const answer = served(host, { holder, nearMs, asks, ends: [] }, at)
    host = answer.host
    asks.forEach(({ id, want, limits }, n) => {
      if ('granted' in answer.verdicts[n]!) open.set(id, { id, want, limits, startedAt: at })
    })
    return answer.verdicts
  }
  return {
    get host() {
      return host
    },
    ask: (at, limits, { holder, nearMs, ...of } = {}) =>
      visit(at, [{ ...asking(limits), ...of }], {
        ...(holder !== undefined && { holder }),
        ...(nearMs !== undefined && { nearMs }),
      })[0]!,
    askAll: (at, limits, count) =>
      visit(
        at,
        Array.from({ length: count }, () => asking(limits)),
      ),
    end(at, report, id = [...open.keys()][0]!) {
      const turn = open.get(id)!
      open.delete(id)
      const ends = [{ ...turn, report }]
      host = served(host, { holder: 'us', nearMs: 2000, asks: [], ends }, at).host
    },
  }
}

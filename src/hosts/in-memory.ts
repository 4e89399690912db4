import { standing, unknownHost, type Host, type HostState } from './host-state.ts'
import type { Keeper } from './keeper.ts'
import { served } from './rules.ts'

/** How many hosts are remembered before those of which nothing has to be are dropped. */
const manyHosts = 1000
const hourMs = 3_600_000

/** A keeper whose states can be read and put in, to be kept elsewhere as well. */
export interface MemoryKeeper extends Keeper {
  /** The states that changed since they were last taken. */
  takeChanged(): ReadonlyMap<string, HostState>
}

/** Keeps the hosts of one process that shares them with no other. */
export function keepInMemory(
  before: ReadonlyMap<string, HostState> = new Map(),
  now = () => Date.now(),
): MemoryKeeper {
  const hosts = new Map<string, Host>([...before].map(([host, state]) => [host, { state, underWay: [] }]))
  const changed = new Set<string>()
  const put = (name: string, host: Host) => {
    if (!hosts.has(name) && hosts.size >= manyHosts)
      for (const [idle, one] of hosts) if (isForgettable(one, now())) hosts.delete(idle)
    hosts.set(name, host)
    changed.add(name)
  }
  return {
    async serve(visits) {
      const answers = [...visits].map(([name, visit]) => {
        const { host, verdicts } = served(
          hosts.get(name) ?? { state: unknownHost, underWay: [] },
          visit,
          now(),
        )
        put(name, host)
        return [name, verdicts] as const
      })
      return new Map(answers)
    },
    standings: async () =>
      [...hosts]
        .filter(([, { state, underWay }]) => isOfInterest(state, underWay.length, now()))
        .map(([name, host]) => standing(name, host, now())),
    async change(name, change) {
      const host = hosts.get(name)
      if (host) put(name, { ...host, state: change(host.state) })
      return host !== undefined
    },
    takeChanged() {
      const states = [...changed].flatMap((name) => {
        const host = hosts.get(name)
        return host ? [[name, host.state] as const] : []
      })
      changed.clear()
      return new Map(states)
    },
    close: async () => undefined,
  }
}

const isOfInterest = ({ startedAt, endedAt, pause }: HostState, underWay: number, now: number) =>
  underWay > 0 || Math.max(startedAt, endedAt, pause?.until ?? 0) > now - hourMs

/** Whether a host that is idle has nothing that would be missed: no quota in use, no pause, its full pace, no delay running. */
function isForgettable({ state, underWay }: Host, now: number): boolean {
  const { used, pausedUntil, rate } = standing('', { state, underWay }, now)
  const isIdle = underWay.length === 0 && state.endedAt < now - hourMs && state.startedAt < now - hourMs
  return isIdle && pausedUntil === null && rate === 1 && Object.keys(used).length === 0
}

import type { HostState } from './host-state.ts'
import type { HostStanding } from './host-turns.ts'
import type { Verdict, Visit } from './rules.ts'

/** Keeps the states of hosts, and lets the rules decide on them one visit after the other. */
export interface Keeper {
  /** Serves each host that is visited; answers by host, in the order of the asks. */
  serve(visits: ReadonlyMap<string, Visit>): Promise<ReadonlyMap<string, readonly Verdict[]>>
  standings(): Promise<readonly HostStanding[]>
  /** Changes one state; whether the host was known. */
  change(host: string, change: (state: HostState) => HostState): Promise<boolean>
  close(): Promise<void>
}

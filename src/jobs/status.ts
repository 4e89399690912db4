import type { CatalogStats, FailureCount } from '../catalog/stats.ts'
import { MagpieError } from '../errors.ts'
import type { JobCount, JobState, Schedule, Worker } from '../queue/job-queue.ts'
import type { HostInSight, Magpie } from './magpie.ts'
import type { Traffic } from './traffic.ts'

/** What there is, what waits, who works, what is held up and why. */
export interface Status {
  readonly catalogs: readonly CatalogStats[]
  readonly failures: readonly FailureCount[]
  readonly queues: readonly QueueStatus[]
  /** Hosts that are paused, or asked more slowly than they might be. */
  readonly hosts: readonly HostInSight[]
  readonly workers: readonly Worker[]
  /** Those that are due next. */
  readonly schedules: readonly Schedule[]
  /** Of this process alone. */
  readonly traffic: Traffic
}

/** The jobs of one kind. */
export interface QueueStatus {
  readonly kind: string
  /** Jobs that wait, whether they are due or wait for later. */
  readonly depth: number
  /** Since when the one that is due longest waits; null when none is due. */
  readonly dueSince: Date | null
  /** When the first of those that wait for later is due. */
  readonly nextDueAt: Date | null
  readonly states: Readonly<Partial<Record<JobState, number>>>
}

const someSchedules = 10

/** Reads the state of all, or as seen from one catalogue. Throws `catalog_not_found`. */
export async function readStatus(magpie: Magpie, catalog?: string): Promise<Status> {
  const isMeant = (one: { readonly catalog: string }) => catalog === undefined || one.catalog === catalog
  const [catalogs, failures, counts, hosts, workers, schedules] = await Promise.all([
    magpie.stats.catalogs(),
    magpie.stats.failures(),
    magpie.queue.counts(),
    magpie.hosts.states(),
    magpie.queue.workers(),
    magpie.queue.schedules.list(),
  ])
  if (catalog !== undefined && !catalogs.some(isMeant))
    throw new MagpieError('catalog_not_found', `There is no catalogue "${catalog}".`)
  return {
    catalogs: catalogs.filter(isMeant),
    failures: failures.filter(isMeant),
    queues: queueStatuses(counts),
    hosts: hosts.filter(({ pausedUntil, rate }) => pausedUntil !== null || rate < 1),
    workers,
    schedules: schedules
      .filter(({ args }) => catalog === undefined || args['catalog'] === catalog)
      .sort((a, b) => a.nextRunAt.getTime() - b.nextRunAt.getTime())
      .slice(0, someSchedules),
    traffic: magpie.traffic,
  }
}

/** The counts of each kind together. */
export function queueStatuses(counts: readonly JobCount[]): readonly QueueStatus[] {
  return [...Map.groupBy(counts, ({ kind }) => kind)].map(([kind, ofKind]) => {
    const states = Object.fromEntries(ofKind.map(({ state, count }) => [state, count]))
    return {
      kind,
      depth: (states['created'] ?? 0) + (states['retry'] ?? 0),
      dueSince: earliest(ofKind.map(({ dueSince }) => dueSince)),
      nextDueAt: earliest(ofKind.map(({ nextDueAt }) => nextDueAt)),
      states,
    }
  })
}

/** The first of some moments; null when there is none. */
export const earliest = (moments: readonly (Date | null)[]): Date | null =>
  moments.reduce((first, moment) => (moment && (!first || moment < first) ? moment : first), null)

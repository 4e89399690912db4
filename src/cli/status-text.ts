import type { Status } from '../jobs/status.ts'
import { hostsAsTable } from './commands/hosts.ts'
import { schedulesAsTable } from './commands/schedules.ts'
import { momentOr } from './moments.ts'
import { bytes, table } from './table.ts'

/** The tables of a status, those that have something to say; what is no single catalogue's stands last, and is called so. */
export function statusAsText(status: Omit<Status, 'traffic'>, only?: string): string {
  const { catalogs, queues, hosts, workers, schedules, failures } = status
  if (catalogs.length === 0) return 'There is nothing here yet. Begin with: magpie scrape URL'
  const shared = [
    queues.length > 0 && queuesTable(queues),
    workers.length > 0 && workersTable(workers),
    hosts.length > 0 && hostsAsTable(hosts),
  ]
  const own = [
    schedules.length > 0 && schedulesAsTable(schedules),
    failures.length > 0 && failuresTable(failures),
  ]
  const parts =
    only === undefined
      ? [catalogsTable(catalogs), ...shared, ...own]
      : [catalogsTable(catalogs), ...own, shared.some(Boolean) && 'Of all catalogues together:', ...shared]
  return parts.filter((part) => part !== false).join('\n\n')
}

const imageStates = ['pending', 'ready', 'stale', 'rejected', 'failed', 'gone'] as const

const catalogsTable = (catalogs: Status['catalogs']): string =>
  table(
    ['catalogue', 'items', ...imageStates, 'score', 'bytes'],
    catalogs.map(({ catalog, items, images, averageScore, byteSize }) => [
      ...[catalog, String(items), ...imageStates.map((state) => String(images[state]))],
      ...[averageScore?.toFixed(1) ?? '–', bytes(byteSize)],
    ]),
  )

const queuesTable = (queues: Status['queues']): string =>
  table(
    ['job', 'waiting', 'due since', 'next due', 'active', 'dead letters', 'cancelled'],
    queues.map(({ kind, depth, dueSince, nextDueAt, states }) => [
      ...[kind, String(depth), momentOr(dueSince), momentOr(nextDueAt)],
      ...(['active', 'failed', 'cancelled'] as const).map((state) => String(states[state] ?? 0)),
    ]),
  )

const workersTable = (workers: Status['workers']): string =>
  table(
    ['worker', 'process', 'state', 'running', 'since', 'why'],
    workers.map(({ host, pid, state, running, startedAt, reason }) => [
      ...[host, String(pid), state, String(running), momentOr(startedAt), reason ?? ''],
    ]),
  )

const failuresTable = (failures: Status['failures']): string =>
  table(
    ['failed in', 'stage', 'reason', 'count'],
    failures.map(({ catalog, stage, code, count }) => [catalog, stage, code, String(count)]),
  )

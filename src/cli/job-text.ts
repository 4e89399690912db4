import type { JobSubject } from '../jobs/job-subject.ts'
import type { Job } from '../queue/job-queue.ts'
import { again, moment } from './moments.ts'
import { clipped, shortened, table } from './table.ts'

/** Jobs, a line each. */
export function jobsAsTable(jobs: readonly Job[]): string {
  if (jobs.length === 0) return 'There are no such jobs.'
  const rows = jobs.map((job) => [
    ...[job.id, job.kind, stateOf(job), String(job.attempts), when(job), job.host ?? '–'],
    lastError(job),
  ])
  return table(['job', 'kind', 'state', 'errors', 'when', 'host', 'last error'], rows)
}

/** People say dead letter where the table says failed, and want to know whether one of them cancelled a job. */
const stateOf = ({ state, byHand }: Job) =>
  state === 'failed'
    ? 'failed (dead letter)'
    : state === 'cancelled'
      ? `cancelled (${byHand ? 'by hand' : 'cannot be done'})`
      : state

/** When it ended, began or is due, as its state has it. */
const when = ({ endedAt, startedAt, dueAt, state }: Job) =>
  moment((state === 'active' ? startedAt : endedAt) ?? dueAt)

function lastError({ errors }: Job): string {
  const last = errors.at(-1)
  return last ? clipped(`${last.code}: ${last.message}`, 100) : ''
}

/** One job with its history and what it is about. */
export function jobAsText({ job, image, item }: { readonly job: Job } & JobSubject): string {
  const facts: readonly (readonly [string, string | null])[] = [
    ['job', job.id],
    ['kind', job.kind],
    ['state', stateOf(job)],
    ['arguments', JSON.stringify(job.args)],
    ['priority', job.priority],
    ['host', job.host],
    ['created', moment(job.createdAt)],
    ['due', job.state === 'created' || job.state === 'retry' ? moment(job.dueAt) : null],
    ['ended', job.endedAt && moment(job.endedAt)],
    ['attempts', `${job.attempts} failed${job.crashes > 0 ? `, ${job.crashes} lost with their worker` : ''}`],
    ['catalogue', item?.item.catalog ?? null],
    ['item', item && `${item.item.id}  ${clipped(item.item.title || item.item.externalId, 60)}`],
    [
      '',
      item?.failure
        ? `${item.failure.message} [${item.failure.code}]${again(item.failure.nextAttemptAt)}`
        : null,
    ],
    ['image', image && `${image.id}  ${image.state}`],
    ['', image && shortened(image.url, 100)],
  ]
  const lines = facts.flatMap(([name, text]) => (text === null ? [] : [`${name.padEnd(10)}  ${text}`]))
  const history = job.errors.map(({ at, code, message }) => `  ${moment(new Date(at))}  ${code}: ${message}`)
  return [...lines, ...(history.length > 0 ? ['errors'] : []), ...history].join('\n')
}

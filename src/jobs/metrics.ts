import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** How a job ended, in the words of its outcome: only `dead` and `cancelled` are final failures. */
export type JobEnd = 'completed' | 'retried' | 'snoozed' | 'cancelled' | 'dead'

/** Where the time of a job goes. `turn` is waiting for the host's turn, which is not part of `fetch`. */
export type TimedStage = 'find' | 'turn' | 'fetch' | 'inspect' | 'assess' | 'store' | 'record'

/**
 * What this process counts and times as it goes. Labels are words from short lists: kinds, states, codes, routes,
 * stores, never an address, an id or a host, because each new value is a new series for ever.
 */
export type Metrics = ReturnType<typeof openMetrics>

/** Opens the counters of one Magpie, in a registry of its own. */
export function openMetrics() {
  const registry = new Registry()
  const make = makers(registry)
  return {
    registry,
    ...ofJobs(make),
    ...ofImages(make),
    ...ofFetching(make),
    ...ofStores(make),
    ...ofHttp(make),
  }
}

/** From a row's update to a picture that waits for its host's turn. */
const stageBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const jobBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]
const answerBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

function makers(registry: Registry) {
  const common = { registers: [registry] }
  return {
    counter: <L extends string>(name: string, help: string, ...labelNames: L[]) =>
      new Counter<L>({ ...common, name: `magpie_${name}`, help, labelNames }),
    gauge: <L extends string>(name: string, help: string, ...labelNames: L[]) =>
      new Gauge<L>({ ...common, name: `magpie_${name}`, help, labelNames }),
    histogram: <L extends string>(name: string, help: string, buckets: number[], ...labelNames: L[]) =>
      new Histogram<L>({ ...common, name: `magpie_${name}`, help, buckets, labelNames }),
  }
}

/** Makes metrics of this registry, each with the prefix of all. */
export type Make = ReturnType<typeof makers>

/** More metrics of the same registry. */
export const moreMetrics = ({ registry }: Pick<Metrics, 'registry'>): Make => makers(registry)

const ofJobs = ({ counter, gauge, histogram }: Make) => ({
  jobsEnded: counter(
    'jobs_ended_total',
    'Attempts at jobs that ended in this process: completed, retried, snoozed, cancelled or dead, with the code of what went wrong',
    'kind',
    'outcome',
    'code',
  ),
  jobsRunning: gauge('jobs_running', 'Jobs under way in this process', 'kind'),
  jobSeconds: histogram(
    'job_duration_seconds',
    'How long attempts at jobs took, without the transaction that records them',
    jobBuckets,
    'kind',
  ),
  stageSeconds: histogram(
    'stage_duration_seconds',
    'How long each stage of a job took; turn is the waiting for the host, which fetch leaves out',
    stageBuckets,
    'kind',
    'stage',
  ),
})

const ofImages = ({ counter }: Make) => ({
  images: counter(
    'images_total',
    'Images whose state this process recorded: ready, rejected, failed, gone, or retrying while a failure is not final; with the reason or code',
    'outcome',
    'code',
  ),
})

const ofFetching = ({ counter, histogram }: Make) => ({
  fetches: counter(
    'fetches_total',
    'Pages and images asked for, redirects included in one: fetched, not_modified or failed with a code',
    'what',
    'outcome',
    'code',
  ),
  requests: counter(
    'source_requests_total',
    'Requests made to sources, those for robots.txt too, by status; status none where no answer came, with the code',
    'status',
    'code',
  ),
  fetchedBytes: counter('fetched_bytes_total', 'Bytes of bodies that came from sources over the wire'),
  firstByteSeconds: histogram(
    'source_first_byte_seconds',
    'How long sources took to the head of their answer',
    answerBuckets,
  ),
})

const ofStores = ({ counter, histogram }: Make) => ({
  storeSeconds: histogram(
    'store_operation_duration_seconds',
    'How long operations of the blob stores took, failed ones too',
    answerBuckets,
    'store',
    'operation',
  ),
  storeErrors: counter(
    'store_errors_total',
    'Operations of the blob stores that failed',
    'store',
    'operation',
    'code',
  ),
  storedBytes: counter(
    'stored_bytes_total',
    'Bytes put into blob stores, those that were there already too',
    'store',
  ),
})

const ofHttp = ({ counter, histogram }: Make) => ({
  requestSeconds: histogram(
    'http_request_duration_seconds',
    'How long requests to this server took, by the route that answered; route none where there is none',
    answerBuckets,
    'method',
    'route',
    'status',
  ),
  servedBytes: counter('served_bytes_total', 'Bytes of bodies that this server sent, whole answers only'),
})

/** Jobs in PostgreSQL. The queue knows kinds and arguments, nothing of images. */
export interface JobQueue<Jobs, Tx> {
  /** Enqueueing a job that already waits, with equal kind and arguments, changes nothing. */
  enqueue<K extends keyof Jobs & string>(
    kind: K,
    args: Jobs[K] | readonly Jobs[K][],
    options?: EnqueueOptions<Tx>,
  ): Promise<void>
  /** Works until the signal aborts, then lets running jobs finish. */
  work(handlers: Handlers<Jobs, Tx>, signal: AbortSignal): Promise<void>
  /** How many jobs of each kind are in each state. */
  counts(): Promise<readonly JobCount[]>
  close(): Promise<void>
}

/** How the jobs of one kind are treated. */
export interface JobKind {
  /** Jobs of this kind under way at once in one process. */
  readonly concurrency: number
  /** Tries before the job is given up; the waits between them are 1–2, 2–4, 4–8 s and so on. */
  readonly attempts: number
  /** A job still active after this long is taken to be lost. */
  readonly expireInSeconds: number
}

export type Priority = 'viewed' | 'listed' | 'ordinary' | 'idle'

export interface EnqueueOptions<Tx> {
  readonly priority?: Priority
  readonly runAt?: Date
  /** The host that the job will ask: kept as the job's group, so that limits can be set by it. */
  readonly host?: string
  /** Inside this transaction: the row and its job appear together or not at all. */
  readonly tx?: Tx
}

export interface Attempt {
  /** 1 for the first. */
  readonly number: number
  /** Whether a failure now is for good. */
  readonly last: boolean
}

/** Does one job. To throw is to ask for a retry. */
export type Handler<Args, Tx> = (args: Args, attempt: Attempt, signal: AbortSignal) => Promise<Outcome<Tx>>

export type Handlers<Jobs, Tx> = { readonly [K in keyof Jobs]: Handler<Jobs[K], Tx> }

/**
 * How a job ended. What it has to `record` is written in the very transaction in which the job is settled: both
 * are there or neither is, whenever the process dies.
 */
export type Outcome<Tx> = Ending & { readonly record?: (tx: Tx) => Promise<void> }

type Ending =
  | { readonly done: true }
  /** Later, without spending an attempt. */
  | { readonly snoozeMs: number }
  /** Never: retrying cannot help. */
  | { readonly cancel: string }
  /** This attempt failed; another follows unless it was the last: by the backoff, or when the source asks for it. */
  | { readonly failed: string; readonly retryAfterMs?: number }

/** A job's states, as pg-boss names them. */
export type JobState = 'created' | 'retry' | 'active' | 'completed' | 'cancelled' | 'failed'

export interface JobCount {
  readonly kind: string
  readonly state: JobState
  readonly count: number
}

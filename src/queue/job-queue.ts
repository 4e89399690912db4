/** Jobs in PostgreSQL. The queue knows kinds and arguments, nothing of images. */
export interface JobQueue<Jobs, Tx> {
  /**
   * Enqueueing a job that already waits, with equal kind and arguments, adds none: the one that waits takes the greater
   * priority and the earlier time. A dead letter of equal kind and arguments is brought back, its history kept.
   */
  enqueue<K extends keyof Jobs & string>(
    kind: K,
    args: Jobs[K] | readonly Jobs[K][],
    options?: EnqueueOptions<Tx>,
  ): Promise<void>
  /** Works until the signal aborts, then lets running jobs finish, or hands them back when the time for that is over. */
  work(handlers: Handlers<Jobs, Tx>, signal: AbortSignal, terms?: WorkTerms<Jobs, Tx>): Promise<void>
  /** How many jobs of each kind are in each state, and since when the one that is due longest waits. */
  counts(): Promise<readonly JobCount[]>
  /** Jobs, those that changed last first. */
  list(filter: JobFilter, page: { cursor: string | null; limit: number }): Promise<JobPage>
  find(id: string): Promise<Job | null>
  /** Has jobs that are dead, cancelled or wait for later done now, with all their attempts; answers with those it found. */
  retry(which: JobSelection, options?: { readonly tx?: Tx }): Promise<readonly Job[]>
  /** Lets jobs that are put off, and count against this host, be due now; what they have spent stays spent. */
  hasten(host: string): Promise<void>
  /** Ends jobs that wait or are dead, and stops what is under way by its signal; answers with those it found. */
  cancel(which: JobSelection, options?: { readonly tx?: Tx }): Promise<readonly Job[]>
  readonly schedules: Schedules<Jobs, Tx>
  /** The processes that work this queue, on all machines. */
  workers(): Promise<readonly Worker[]>
  close(): Promise<void>
}

/** How the jobs of one kind are treated. */
export interface JobKind {
  /** Jobs of this kind under way at once in one process. */
  readonly concurrency: number
  /** A job still active after this long is told to stop, and taken to be lost if it does not. */
  readonly expireInSeconds: number
}

export type Priority = 'viewed' | 'listed' | 'ordinary' | 'idle'

export interface EnqueueOptions<Tx> {
  readonly priority?: Priority
  readonly runAt?: Date
  /** The host that the job will ask: kept as the job's group, to be seen and selected by. */
  readonly host?: string
  /** Inside this transaction: the row and its job appear together or not at all. */
  readonly tx?: Tx
}

/** One failure of a job, as it is kept with it. */
export interface JobError {
  readonly at: string
  /** A code from the table of errors. */
  readonly code: string
  readonly message: string
}

export interface Attempt {
  /** 1 for the first. A pause, a snooze and a lost worker spend none. */
  readonly number: number
  readonly priority: Priority
  /** When the job was enqueued, or last brought back by hand. */
  readonly since: Date
  /** What went wrong before, the last twenty. */
  readonly errors: readonly JobError[]
}

/** Does one job. To throw is a failure that nobody foresaw. */
export type Handler<Args, Tx> = (args: Args, attempt: Attempt, signal: AbortSignal) => Promise<Outcome<Tx>>

export type Handlers<Jobs, Tx> = { readonly [K in keyof Jobs]: Handler<Jobs[K], Tx> }

export interface WorkTerms<Jobs, Tx> {
  /** Nothing is claimed until it resolves; asked before each claim. */
  readonly ready?: (signal: AbortSignal) => Promise<void>
  /** Why nothing is claimed just now, for people; null when work goes on. */
  readonly pausedBecause?: () => string | null
  /**
   * How long running jobs may finish once the signal has aborted; then their own signals abort with `interrupted`, and
   * what goes on is handed back. Of an interrupted job only that it is done, or snoozes, is believed. Without it: as
   * long as they take.
   */
  readonly drainMs?: number
  /**
   * Told, in the same transaction, of a job that the queue itself gives up: one that took its worker down three times, or
   * whose handler or record threw twelve times what nobody foresaw.
   */
  readonly abandoned?: {
    readonly [K in keyof Jobs]?: (tx: Tx, args: Jobs[K], error: JobError) => Promise<void>
  }
}

/**
 * How a job ended. What it has to `record` is written in the very transaction in which the job is settled: both
 * are there or neither is, whenever the process dies.
 */
export type Outcome<Tx> = Ending & { readonly record?: (tx: Tx) => Promise<void> }

type Ending =
  | { readonly done: true }
  /** Later, without spending an attempt. */
  | { readonly snoozeMs: number; readonly code?: string }
  /** Never: retrying cannot help. */
  | { readonly cancel: string; readonly code?: string }
  /** This attempt failed; the next follows after so long, or never: then the job is a dead letter. */
  | { readonly failed: Omit<JobError, 'at'>; readonly retryInMs: number | null }

/** A job's states, as pg-boss names them. `failed` is a dead letter: kept until it is brought back or removed. */
export type JobState = 'created' | 'retry' | 'active' | 'completed' | 'cancelled' | 'failed'

export interface JobCount {
  readonly kind: string
  readonly state: JobState
  readonly count: number
  /** Of all jobs of this kind that wait and are due: when the first became so. Null when none is, and for other states. */
  readonly dueSince: Date | null
  /** When the first of those is due that wait for later. Null when none does, and for other states. */
  readonly nextDueAt: Date | null
}

/** A job as people see it. */
export interface Job {
  readonly id: string
  readonly kind: string
  readonly state: JobState
  readonly args: Readonly<Record<string, unknown>>
  readonly priority: Priority
  readonly host: string | null
  /** Errors so far, each one attempt. */
  readonly attempts: number
  /** How often its worker was lost while it ran. */
  readonly crashes: number
  readonly errors: readonly JobError[]
  /** Whether somebody cancelled it; what is cancelled otherwise could not be done, for the reason of its last error. */
  readonly byHand: boolean
  readonly createdAt: Date
  /** When it is due, or became so. */
  readonly dueAt: Date
  readonly startedAt: Date | null
  readonly endedAt: Date | null
}

export interface JobFilter {
  readonly kind?: string
  readonly state?: JobState
  readonly host?: string
  /** The code of its last error. */
  readonly code?: string
}

/** Some jobs: one, or all that fit, the oldest first, up to a limit. */
export type JobSelection = { readonly id: string } | (JobFilter & { readonly limit: number })

export interface JobPage {
  readonly jobs: readonly Job[]
  /** Where the next page begins; null after the last. */
  readonly next: string | null
}

/** Jobs that come by the clock. A run that was missed while nobody worked is made up for once, however many were missed. */
export interface Schedules<Jobs, Tx> {
  /** Sets a schedule of that name, in place of the one it may have had. Throws `input_invalid` for a cron or time zone that is none. */
  set<K extends keyof Jobs & string>(
    schedule: { readonly name: string; readonly kind: K; readonly args: Jobs[K] } & Cron,
    options?: { readonly tx?: Tx },
  ): Promise<void>
  remove(name: string, options?: { readonly tx?: Tx }): Promise<void>
  list(): Promise<readonly Schedule[]>
}

export interface Cron {
  /** Five fields, as crontab(5) has them. */
  readonly cron: string
  /** A name of the IANA time zone database. */
  readonly timeZone: string
}

export interface Schedule extends Cron {
  readonly name: string
  readonly kind: string
  readonly args: Readonly<Record<string, unknown>>
  readonly lastRunAt: Date | null
  readonly nextRunAt: Date
}

/** A process that works the queue. */
export interface Worker {
  readonly id: string
  readonly host: string
  readonly pid: number
  readonly startedAt: Date
  readonly seenAt: Date
  readonly running: number
  readonly state: 'working' | 'paused' | 'draining'
  /** Why it is paused. */
  readonly reason: string | null
}

import { randomUUID } from 'node:crypto'
import type { Database, Db } from '../database.ts'
import type { Log } from '../log.ts'
import { number, type Values } from '../settings.ts'
import { openDesk, type DeskOptions } from './desk.ts'
import { forgetOld } from './host-tables.ts'
import type { Hosts } from './host-turns.ts'
import { keepInDatabase } from './in-database.ts'
import { keepInMemory } from './in-memory.ts'
import type { Keeper } from './keeper.ts'
import { keepWrittenBehind } from './written-behind.ts'

/** What an operator may set about hosts. */
export const hostsSettings = {
  HOSTS_WAIT_MS: number({
    default: 2000,
    min: 0,
    max: 60_000,
    means:
      'how near a request’s turn at its host has to be for a job to wait for it, in milliseconds; others come again later',
  }),
}

export interface HostsOptions {
  readonly log?: Log
  /** How long a turn counts after its process has died, in milliseconds. */
  readonly leaseMs?: number
  /** How often hosts are forgotten that nobody has asked for long, in milliseconds. */
  readonly forgetEveryMs?: number
}

/** Renewed three times in so long; a worker's own heartbeat is no quicker. */
const leaseMs = 10_000
const dayMs = 24 * 3_600_000
/** Nothing beside the time of a request, and it halves the transactions of a busy process. */
const gatherMs = 5
/** A process without a queue has nobody to come again later. */
const patientMs = 60_000

/**
 * Opens the turns of hosts, for all processes that share this database. An embedded database is one process's own,
 * which is why there they are kept in memory and only written behind.
 */
export async function openHosts(
  { db, place }: Pick<Database, 'db' | 'place'>,
  settings: Values<typeof hostsSettings>,
  options: HostsOptions = {},
): Promise<Hosts> {
  await forgetOld(db)
  const ours = { holder: randomUUID(), nearMs: settings.HOSTS_WAIT_MS, log: options.log }
  const hosts =
    place.kind === 'embedded'
      ? hostsOf(await keepWrittenBehind(db, options.log), { ...ours, gatherMs: 0 })
      : hostsOf(keepInDatabase({ db, leaseMs, ...options }), { ...ours, gatherMs })
  const stop = keepForgetting(db, options)
  const close = async () => void (await Promise.all([stop(), hosts.close()]))
  return { ...hosts, close }
}

/** A process may run for months, and see more hosts than anybody asks about. */
function keepForgetting(db: Db, { forgetEveryMs = dayMs, log }: HostsOptions): () => Promise<void> {
  let forgetting = Promise.resolve()
  const forget = () =>
    forgetOld(db).catch((cause: unknown) => log?.warn({ err: cause }, 'old hosts could not be forgotten'))
  const timer = setInterval(() => void (forgetting = forgetting.then(forget)), forgetEveryMs).unref()
  return () => {
    clearInterval(timer)
    return forgetting
  }
}

/** The turns of a process that keeps nothing: it waits for them, up to a minute. */
export const hostsInProcess = (): Hosts =>
  hostsOf(keepInMemory(), { holder: randomUUID(), nearMs: patientMs, gatherMs: 0 })

function hostsOf(keeper: Keeper, options: DeskOptions): Hosts {
  const resume = (host: string) =>
    keeper.change(host, (state) => ({ ...state, pause: null, refused: [], forbidden: 0, toldUntil: 0 }))
  return {
    ...openDesk(keeper, options),
    states: () => keeper.standings(),
    // People leave out the usual ports.
    resume: async (host) =>
      [await resume(host), await resume(`${host}:443`), await resume(`${host}:80`)].includes(true),
  }
}

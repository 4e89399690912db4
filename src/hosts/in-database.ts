import type { Db, Tx } from '../database.ts'
import type { Log } from '../log.ts'
import { standing, type Host } from './host-state.ts'
import { addHosts, lockHosts, readHosts, renewTurns, writeHosts, type HostChanges } from './host-tables.ts'
import type { Keeper } from './keeper.ts'
import { served, type Verdict, type Visit } from './rules.ts'

export interface DatabaseKeeperOptions {
  readonly db: Db
  /** How long a turn counts when nobody says that its request still runs, in milliseconds. */
  readonly leaseMs: number
  readonly log?: Log | undefined
}

type Visits = ReadonlyMap<string, Visit>
type Answers = ReadonlyMap<string, readonly Verdict[]>

/** Keeps the hosts of all processes that share a database. The clock is the database's. */
export function keepInDatabase({ db, leaseMs, log }: DatabaseKeeperOptions): Keeper {
  const known = new Set<string>()
  const held = new Set<string>()
  const renewing = setInterval(() => {
    if (held.size === 0) return
    renewTurns(db, [...held], leaseMs).catch((cause: unknown) =>
      log?.warn({ err: cause }, 'the turns of hosts could not be renewed'),
    )
  }, leaseMs / 3).unref()

  return {
    async serve(visits) {
      const names = [...visits.keys()].sort()
      for (;;) {
        // Outside of the transaction, so that nobody waits for a lock while it holds others out of order.
        const unknown = names.filter((name) => !known.has(name))
        if (unknown.length > 0) await addHosts(db, unknown)
        for (const name of unknown) known.add(name)
        const answers = await db.transaction().execute((tx) => serveIn(tx, names, { visits, leaseMs }))
        if (answers) return noteHeld(held, visits, answers)
        // Another process has forgotten one of them meanwhile.
        known.clear()
      }
    },
    async standings() {
      const { hosts, now } = await readHosts(db)
      return [...hosts].map(([name, host]) => standing(name, host, now))
    },
    change: (name, change) =>
      db.transaction().execute(async (tx) => {
        const { hosts, expired } = await lockHosts(tx, [name])
        const host = hosts.get(name)
        if (!host) return false
        const states = new Map([[name, change(host.state)]])
        await writeHosts(tx, { states, come: [], gone: expired, leaseMs })
        return true
      }),
    async close() {
      clearInterval(renewing)
    },
  }
}

/** Null if one of the hosts has no row. */
async function serveIn(
  tx: Tx,
  names: readonly string[],
  { visits, leaseMs }: { visits: Visits; leaseMs: number },
): Promise<Answers | null> {
  const { hosts, expired, now } = await lockHosts(tx, names)
  if (hosts.size < names.length) return null
  const after = names.map((name) => [name, served(hosts.get(name)!, visits.get(name)!, now)] as const)
  const changes = after.map(([name, { host }]) => turnsOf(name, hosts.get(name)!, host))
  await writeHosts(tx, {
    states: new Map(after.map(([name, { host }]) => [name, host.state])),
    come: changes.flatMap(({ come }) => come),
    gone: [...expired, ...changes.flatMap(({ gone }) => gone)],
    leaseMs,
  })
  return new Map(after.map(([name, { verdicts }]) => [name, verdicts]))
}

/** Which turns came and went between two states of a host. */
function turnsOf(host: string, before: Host, after: Host): Pick<HostChanges, 'come' | 'gone'> {
  const had = new Set(before.underWay.map(({ id }) => id))
  const has = new Set(after.underWay.map(({ id }) => id))
  return {
    come: after.underWay.filter(({ id }) => !had.has(id)).map((turn) => ({ ...turn, host })),
    gone: [...had].filter((id) => !has.has(id)),
  }
}

/** Remembers which turns are ours to renew. */
function noteHeld(held: Set<string>, visits: Visits, answers: Answers): Answers {
  for (const [name, { asks, ends }] of visits) {
    for (const { id } of ends) held.delete(id)
    asks.forEach(({ id }, at) => {
      if ('granted' in answers.get(name)![at]!) held.add(id)
    })
  }
  return answers
}

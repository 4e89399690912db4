import { sql } from 'kysely'
import type { Db, Tx } from '../database.ts'
import { hostStateFrom, unknownHost, type Host, type HostState, type UnderWay } from './host-state.ts'

/** Hosts under lock, and the database's time once they were. */
export interface LockedHosts {
  readonly hosts: ReadonlyMap<string, Host>
  /** Turns of these hosts that nobody has renewed. */
  readonly expired: readonly string[]
  /** In milliseconds since 1970. */
  readonly now: number
}

/** What is written back, in one statement. */
export interface HostChanges {
  readonly states: ReadonlyMap<string, HostState>
  readonly come: readonly (UnderWay & { readonly host: string })[]
  readonly gone: readonly string[]
  readonly leaseMs: number
}

type Row = UnderWay & { readonly host: string; readonly expired: boolean }

/** Locks hosts in the order of their names, so that nobody waits in a circle; those that have no row are left out. */
export async function lockHosts(tx: Tx, names: readonly string[]): Promise<LockedHosts> {
  const rows = await sql<{ host: string; state: unknown }>`
    select host, state from hosts where host = any(${names}::text[]) order by host for update`.execute(tx)
  // A statement of its own: it sees the turns, and reads the clock, as they are now that we have the lock. What a
  // crash of the database forgets of turns is of less worth than a sync of its disk for each.
  const now = await sql<{ now: number; turns: readonly Row[] }>`
    select (extract(epoch from clock_timestamp()) * 1000)::float8 as now,
      set_config('synchronous_commit', 'off', true),
      (select coalesce(json_agg(json_build_object('id', id, 'want', url_digest, 'holder', holder, 'host', host,
          'expired', expires_at <= clock_timestamp())), '[]')
        from turns where host = any(${names}::text[])) as turns`.execute(tx)
  const { turns, now: atMs } = now.rows[0]!
  const underWay = Map.groupBy(
    turns.filter(({ expired }) => !expired),
    ({ host }) => host,
  )
  return {
    hosts: new Map(
      rows.rows.map(({ host, state }) => [
        host,
        { state: hostStateFrom(state), underWay: underWay.get(host) ?? [] },
      ]),
    ),
    expired: turns.filter(({ expired }) => expired).map(({ id }) => id),
    now: atMs,
  }
}

/** Writes states, and the turns that came and went. */
export async function writeHosts(tx: Tx, { states, come, gone, leaseMs }: HostChanges): Promise<void> {
  const turns = come.map(({ id, want, holder, host }) => ({ id, want, holder, host }))
  await sql`
    with gone as (delete from turns where id = any(${gone}::uuid[])),
    come as (
      insert into turns (id, host, url_digest, holder, expires_at)
      select id, host, want, holder, clock_timestamp() + ${leaseMs} * interval '1 millisecond'
      from json_to_recordset(${JSON.stringify(turns)}::json) as t (id uuid, host text, want text, holder uuid)
    )
    update hosts set state = new.state, paused_until = new.paused_until, updated_at = now()
    from json_to_recordset(${JSON.stringify(asRows(states))}::json)
      as new (host text, state jsonb, paused_until timestamptz)
    where hosts.host = new.host`.execute(tx)
}

const asRows = (states: ReadonlyMap<string, HostState>) =>
  [...states].map(([host, state]) => ({
    host,
    state,
    paused_until: state.pause && new Date(state.pause.until).toISOString(),
  }))

/** Makes rows for hosts that have none. */
export async function addHosts(db: Db, names: readonly string[]): Promise<void> {
  await db
    .insertInto('hosts')
    .values(names.map((host) => ({ host, state: JSON.stringify(unknownHost) })))
    .onConflict((conflict) => conflict.column('host').doNothing())
    .execute()
}

/** Puts states in place of those that are there. */
export async function putHosts(db: Db, states: ReadonlyMap<string, HostState>): Promise<void> {
  await sql`
    insert into hosts (host, state, paused_until)
    select host, state, paused_until from json_to_recordset(${JSON.stringify(asRows(states))}::json)
      as new (host text, state jsonb, paused_until timestamptz)
    on conflict (host) do update
      set state = excluded.state, paused_until = excluded.paused_until, updated_at = now()`.execute(db)
}

/** Every state. */
export async function readStates(db: Db): Promise<ReadonlyMap<string, HostState>> {
  const rows = await db.selectFrom('hosts').select(['host', 'state']).execute()
  return new Map(rows.map(({ host, state }) => [host, hostStateFrom(state)]))
}

/** The hosts that were asked in the last hour or are paused, a thousand at most, and the database's time. */
export async function readHosts(db: Db): Promise<{ hosts: ReadonlyMap<string, Host>; now: number }> {
  const read = await sql<{ host: string; state: unknown; turns: readonly UnderWay[]; now: number }>`
    select host, state, (extract(epoch from clock_timestamp()) * 1000)::float8 as now,
      (select coalesce(json_agg(json_build_object('id', id, 'want', url_digest, 'holder', holder)), '[]')
        from turns where turns.host = hosts.host and expires_at > clock_timestamp()) as turns
    from hosts where updated_at > now() - interval '1 hour' or paused_until > now()
    order by updated_at desc limit 1000`.execute(db)
  const hosts = read.rows.map(
    ({ host, state, turns }) => [host, { state: hostStateFrom(state), underWay: turns }] as const,
  )
  return { hosts: new Map(hosts), now: read.rows[0]?.now ?? 0 }
}

/** Says that these turns' requests still run. */
export async function renewTurns(db: Db, ids: readonly string[], leaseMs: number): Promise<void> {
  await sql`
    update turns set expires_at = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
    where id = any(${ids}::uuid[])`.execute(db)
}

/** Removes turns that nobody renewed, and hosts that have not been asked for longer than any quota remembers. */
export async function forgetOld(db: Db): Promise<void> {
  await sql`delete from turns where expires_at <= clock_timestamp()`.execute(db)
  await sql`
    delete from hosts where host in (
      select host from hosts
      where updated_at < now() - interval '2 days' and (paused_until is null or paused_until < now())
      for update skip locked)`.execute(db)
}

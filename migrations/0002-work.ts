import { sql, type Kysely } from 'kysely'

/** What all processes together have to know of hosts: when each may be asked next, and what is being asked. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const statements = [
  `create table hosts (
    host text primary key,
    state jsonb not null,
    paused_until timestamptz,
    updated_at timestamptz not null default now()
  )`,
  `create index hosts_paused on hosts (paused_until) where paused_until is not null`,
  `create table turns (
    id uuid primary key,
    host text not null,
    url_digest text not null,
    holder uuid not null,
    expires_at timestamptz not null
  )`,
  `create index turns_by_host on turns (host)`,
  `create index turns_by_url on turns (url_digest)`,
  `create table workers (
    id uuid primary key,
    host text not null,
    pid integer not null,
    started_at timestamptz not null default now(),
    seen_at timestamptz not null default now(),
    running integer not null default 0,
    state text not null,
    reason text
  )`,
  `create table schedules (
    name text primary key,
    kind text not null,
    args jsonb not null,
    cron text not null,
    time_zone text not null,
    last_run_at timestamptz,
    next_run_at timestamptz not null
  )`,
  `create index schedules_due on schedules (next_run_at)`,
]

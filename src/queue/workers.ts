import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { sql } from 'kysely'
import type { PgBoss } from 'pg-boss'
import type { Db } from '../database.ts'
import type { Worker } from './job-queue.ts'

/** A worker as it tells of itself. */
export interface Pulse {
  readonly running: number
  readonly state: Worker['state']
  readonly reason: string | null
}

/** A job that the table has us working on. */
export interface Held {
  readonly id: string
  readonly kind: string
  readonly claim: number
  readonly heldMs: number
}

/** A worker's row: while it is touched in time, nobody takes its jobs away. */
export interface Post {
  readonly id: string
  /** Touches the row, or makes it anew, and answers with the jobs that are ours by the table. */
  beat(pulse: Pulse): Promise<readonly Held[]>
  leave(): Promise<void>
}

/** Beats go by pg-boss's own connections: where all others are lent out, the heart must not stop. */
export function takePost(boss: PgBoss, kinds: readonly string[]): Post {
  const id = randomUUID()
  const startedAt = new Date().toISOString()
  const db = boss.getDb()
  return {
    id,
    async beat({ running, state, reason }) {
      const { rows } = await db.executeSql(beating, [
        ...[id, hostname(), process.pid, startedAt, running, state, reason],
        kinds,
      ])
      return rows as readonly Held[]
    },
    async leave() {
      await db.executeSql('delete from workers where id = $1::uuid', [id])
    },
  }
}

const beating = `
  with mine as (
    insert into workers (id, host, pid, started_at, seen_at, running, state, reason)
    values ($1::uuid, $2::text, $3::int, $4::timestamptz, now(), $5::int, $6::text, $7::text)
    on conflict (id) do update set seen_at = now(), running = excluded.running, state = excluded.state,
      reason = excluded.reason
  )
  select j.id, j.name as kind, j.retry_count as claim,
    (extract(epoch from now() - j.started_on) * 1000)::float8 as "heldMs"
  from pgboss.job j where j.name = any($8::text[]) and j.state = 'active' and j.group_tier = $1::text`

/** The workers that live. */
export async function listWorkers(db: Db, lostAfterMs: number): Promise<readonly Worker[]> {
  const { rows } = await sql<Worker>`
    select id, host, pid, started_at as "startedAt", seen_at as "seenAt", running, state, reason from workers
    where seen_at > now() - ${lostAfterMs}::float8 * interval '1 millisecond' order by started_at, id`.execute(
    db,
  )
  return rows
}

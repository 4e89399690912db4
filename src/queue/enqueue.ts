import { createHash, randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { Db, Tx } from '../database.ts'
import type { EnqueueOptions } from './job-queue.ts'
import { asJson, priorities } from './job-row.ts'
import { channel } from './wakes.ts'

/** Finished jobs are kept a day for people to look at. */
export const keptSeconds = 24 * 3600

/** pg-boss's own limits are set out of reach: what runs long or waits long is our business. */
const never = 10 * 365 * 24 * 3600

/**
 * Enqueues jobs, or moves those up that stand already, in one statement. An equal one that waits is locked until the
 * transaction ends, even if nothing is changed in it: so it cannot run before it can see what this transaction writes.
 */
export async function enqueue(
  db: Db,
  kind: string,
  { args, options }: { readonly args: readonly unknown[]; readonly options: Omit<EnqueueOptions<Tx>, 'tx'> },
): Promise<void> {
  const jobs = new Map(args.map((data) => [keyOf(data), data]))
  if (jobs.size === 0) return
  // Each a microsecond later than the one before: they are claimed in the order given.
  const rows = [...jobs].map(([key, data], place) => ({ id: newId(), key, data, place }))
  await sql`
    with put as (
      insert into pgboss.job as j (id, name, data, priority, start_after, singleton_key, group_id,
        created_on, keep_until, expire_seconds, deletion_seconds)
      select w.id, ${kind}, w.data, ${priorities[options.priority ?? 'ordinary']}::int,
        coalesce(${options.runAt?.toISOString() ?? null}::timestamptz, now()) + w.place * interval '1 microsecond',
        w.key, ${options.host ?? null}::text, now(), now() + ${sql.lit(never)} * interval '1 second',
        ${sql.lit(never)}, ${sql.lit(keptSeconds)}
      from jsonb_to_recordset(${asJson(rows)}::jsonb) as w(id uuid, key text, data jsonb, place int)
      -- In one order in all processes, or two of them would wait for each other.
      order by w.key
      ${onConflict}
    )
    select pg_notify(${channel}, ${kind})`.execute(db)
}

const onConflict = sql.raw(`
  on conflict (name, singleton_key) where state in ('created', 'retry', 'failed') do update set
    state = case j.state when 'created' then j.state else 'retry' end,
    priority = case j.state when 'failed' then excluded.priority else greatest(j.priority, excluded.priority) end,
    start_after = case j.state when 'failed' then excluded.start_after
      else least(j.start_after, excluded.start_after) end,
    output = case j.state when 'failed' then ${broughtBack('j.output')} else j.output end,
    completed_on = null, deletion_seconds = excluded.deletion_seconds
  where j.state = 'failed' or excluded.priority > j.priority or excluded.start_after < j.start_after`)

/** A history that begins anew, its errors kept. */
export function broughtBack(output: string): string {
  return `(coalesce(${output}, '{"errors": []}') - 'byHand') || jsonb_build_object('attempts', 0, 'crashes', 0, 'since', now())`
}

const keyOf = (args: unknown) => createHash('sha1').update(JSON.stringify(args)).digest('hex')

/** A UUID of version 7: those made together lie together in the index, which at random are pages read for each. */
function newId(): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(Date.now(), 0, 6)
  bytes[6] = 0x70 | (bytes[6]! & 0x0f)
  bytes[8] = 0x80 | (bytes[8]! & 0x3f)
  return bytes.toString('hex')
}

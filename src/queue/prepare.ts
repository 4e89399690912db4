import { sql } from 'kysely'
import type { PgBoss } from 'pg-boss'
import type { Database, Tx } from '../database.ts'
import { changedOn, isStanding, isWaiting } from './job-row.ts'

/** Makes pg-boss's table ready for our way of claiming. Many processes may do it at once; what is there is let be. */
export async function prepare(
  boss: PgBoss,
  { db, place }: Database,
  kinds: readonly string[],
): Promise<void> {
  // The queue's own limits are never asked: each job carries those of its kind.
  for (const kind of kinds) await boss.createQueue(kind)
  await db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtext('magpie queue'))`.execute(tx)
    const { rows } = await sql<{ name: string }>`
      select indexname as name from pg_indexes where schemaname = 'pgboss'`.execute(tx)
    // Even `create index if not exists` would wait for all who write.
    const missing = Object.entries(indexes).filter(([name]) => !rows.some((row) => row.name === name))
    if (missing.some(([name]) => name === 'magpie_standing')) await takeOver(tx)
    for (const [name, on] of missing)
      await sql
        .raw(`create ${name === 'magpie_standing' ? 'unique ' : ''}index ${name} on pgboss.job ${on}`)
        .execute(tx)
    if (place.kind === 'server') await vacuumOften(tx)
  })
}

const bare = (condition: string) => condition.replaceAll('j.', '')

const indexes: Readonly<Record<string, string>> = {
  /** Of equal jobs, one stands. */
  magpie_standing: `(name, singleton_key) where ${bare(isStanding('j'))}`,
  /** Claims: each priority of a kind is a range, the first due at its front. */
  magpie_claim: `(name, priority, start_after) where ${bare(isWaiting('j'))}`,
  /** Lists and counts. */
  magpie_listed: `(name, state, (${bare(changedOn)}), id)`,
  /** Dead letters by what killed them. */
  magpie_dead: `(name, (output -> 'errors' -> -1 ->> 'code'), (${bare(changedOn)}), id) where state = 'failed'`,
}

/** Jobs that an older version enqueued: equal ones may stand twice, and pg-boss would end them by its own rules. */
async function takeOver(tx: Tx): Promise<void> {
  await sql`
    delete from pgboss.job where (name, id) in (
      select name, id from (
        select j.name, j.id, row_number() over (partition by j.name, j.singleton_key
          order by j.state = 'failed', j.start_after, j.id) as place
        from pgboss.job j where ${sql.raw(isStanding('j'))} and j.singleton_key is not null
      ) equal where place > 1)`.execute(tx)
  await sql`
    update pgboss.job set heartbeat_seconds = null, expire_seconds = 315360000,
      output = null, deletion_seconds = case state when 'failed' then 0 else deletion_seconds end
    where heartbeat_seconds is not null`.execute(tx)
}

/**
 * Each job leaves some dead rows, and claims have to step over them: they are removed when a hundredth of the table is
 * dead, not a fifth, and without pauses.
 */
async function vacuumOften(tx: Tx): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select c.oid::regclass::text as name from pg_partition_tree('pgboss.job') p join pg_class c on c.oid = p.relid
    where p.isleaf and not coalesce(c.reloptions, '{}') @> '{autovacuum_vacuum_scale_factor=0.01}'`.execute(
    tx,
  )
  for (const { name } of rows)
    await sql`
      alter table ${sql.raw(name)} set (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0,
        autovacuum_analyze_scale_factor = 0.05)`.execute(tx)
}

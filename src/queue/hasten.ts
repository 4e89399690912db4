import { sql } from 'kysely'
import { inTransaction, type Db } from '../database.ts'
import { allKinds } from './listing.ts'
import { announce } from './wakes.ts'

/** More in one transaction would hold its rows' locks for too long. */
const mostAtOnce = 1_000

interface Waiting {
  readonly id: string
  readonly kind: string
}

/**
 * Lets all that is put off for a host be due now, and changes nothing else in it: attempts that were spent stay spent.
 * Each batch is committed by itself; whoever stops half-way has hastened the first.
 */
export async function hastenJobs(db: Db, host: string): Promise<void> {
  const { rows } = await sql<Waiting>`
    select j.id, j.name as kind from pgboss.job j
    where j.name in (${allKinds}) and j.state = 'retry' and j.group_id = ${host} and j.start_after > now()
    order by j.start_after`.execute(db)
  for (let from = 0; from < rows.length; from += mostAtOnce)
    await hasten(db, rows.slice(from, from + mostAtOnce))
}

async function hasten(db: Db, jobs: readonly Waiting[]): Promise<void> {
  const kinds = [...new Set(jobs.map(({ kind }) => kind))]
  await inTransaction(db, async (tx) => {
    // What is locked is just being settled or moved up by another, whom we neither wait for nor hold up.
    await sql`
      with late as materialized (
        select j.name, j.id from pgboss.job j
        where j.name = any(${kinds}::text[]) and j.id = any(${jobs.map(({ id }) => id)}::uuid[])
          and j.state = 'retry' and j.start_after > now() for update skip locked
      )
      update pgboss.job j set start_after = now() from late where j.name = late.name and j.id = late.id`.execute(
      tx,
    )
    await announce(tx, kinds)
  })
}

import { sql, type RawBuilder } from 'kysely'
import type { Db } from '../database.ts'
import { MagpieError } from '../errors.ts'
import type { Job, JobFilter, JobPage, JobState } from './job-queue.ts'
import { asJob, changedOn, rowColumns, type JobRow } from './job-row.ts'

const states: readonly JobState[] = ['created', 'retry', 'active', 'completed', 'cancelled', 'failed']

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Whether a text can be a job's id at all. */
export const isJobId = (text: string): boolean => uuid.test(text)

/** The kinds that the table knows, those of other versions too. */
export const allKinds = sql`select name from pgboss.queue where name not like '\\_\\_%'`

export async function findJob(db: Db, id: string): Promise<Job | null> {
  if (!isJobId(id)) return null
  const { rows } = await sql<JobRow>`
    select ${rowColumns} from pgboss.job j where j.name in (${allKinds}) and j.id = ${id}::uuid`.execute(db)
  return rows[0] ? asJob(rows[0]) : null
}

/** What a filter asks of a job `j` besides its kind and state. */
export function fits({ host, code }: JobFilter): RawBuilder<unknown> {
  return sql`true ${host === undefined ? sql`` : sql`and j.group_id = ${host}`}
    ${code === undefined ? sql`` : sql`and (j.output -> 'errors' -> -1 ->> 'code') = ${code}`}`
}

export const statesOf = ({ state }: JobFilter, among: readonly JobState[] = states): readonly JobState[] =>
  state === undefined ? among : among.includes(state) ? [state] : []

export const kindsOf = ({ kind }: JobFilter): RawBuilder<unknown> =>
  kind === undefined ? sql`(${allKinds})` : sql`(select ${kind}::text as name)`

/**
 * One page of jobs by keyset, those that changed last first. Every kind and state is a range of the index, of which
 * only a page is read.
 */
export async function listJobs(
  db: Db,
  filter: JobFilter,
  { cursor, limit }: { readonly cursor: string | null; readonly limit: number },
): Promise<JobPage> {
  const after = cursor === null ? null : fromCursor(cursor)
  const changed = sql.raw(changedOn)
  // The states are written out: only then the planner sees that the index of dead letters holds them.
  const ranges = statesOf(filter).map(
    (state) => sql`
      select line.* from ${kindsOf(filter)} k, lateral (
        select ${rowColumns}, ${changed} as changed from pgboss.job j
        where j.name = k.name and j.state = ${sql.lit(state)} and ${fits(filter)}
          ${after ? sql`and (${changed}, j.id) < (${after.at}::timestamptz, ${after.id}::uuid)` : sql``}
        order by ${changed} desc, j.id desc limit ${limit + 1}
      ) line`,
  )
  if (ranges.length === 0) return { jobs: [], next: null }
  const { rows } = await sql<JobRow & { at: string }>`
    select l.*, to_char(l.changed at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at
    from (${sql.join(ranges, sql` union all `)}) l order by l.changed desc, l.id desc limit ${limit + 1}`.execute(
    db,
  )
  const last = rows.length > limit ? rows[limit - 1] : undefined
  return { jobs: rows.slice(0, limit).map(asJob), next: last ? toCursor(last) : null }
}

const toCursor = ({ at, id }: { at: string; id: string }) =>
  Buffer.from(JSON.stringify([at, id])).toString('base64url')

/** As `to_char` writes it above: what Date.parse takes beyond that, PostgreSQL may not. */
const moment = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/

function fromCursor(cursor: string): { at: string; id: string } {
  try {
    const [at, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [string, string]
    if (moment.test(at) && !Number.isNaN(Date.parse(at)) && isJobId(id)) return { at, id }
  } catch {
    // Not one of ours.
  }
  throw new MagpieError('input_invalid', 'The cursor is not one that a list has given.')
}

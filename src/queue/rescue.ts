import { sql } from 'kysely'
import type { Database, Tx } from '../database.ts'
import type { Log } from '../log.ts'
import { endingOf, writeEndings, type Abandoned, type Ending } from './endings.ts'
import { jobFields, rowColumns, type JobRow } from './job-row.ts'
import { settleTogether } from './settle.ts'

interface Means {
  readonly database: Database
  readonly log: Log
  readonly kinds: readonly string[]
  readonly lostAfterMs: number
  /** Without it, what would have to be given up is left to one who can tell of it. */
  readonly abandoned?: Abandoned
}

const mostAtOnce = 500

/**
 * Takes back what dead workers held: a crash is counted, no attempt is spent, and it is due at once, or with its fellow
 * suspects one after the other; the third crash makes it a dead letter. Not so soon after a restart of the server, when nobody could say that he lives.
 */
export async function rescue(means: Means): Promise<void> {
  const { database, log, abandoned } = means
  for (let isMore = true; isMore;) {
    const { back, givenUp } = await database.db.transaction().execute((tx) => takeBack(tx, means))
    if (back.length + givenUp.length > 0)
      log.warn({ jobs: back.length, givenUp: givenUp.length }, 'jobs of a worker that died are taken back')
    isMore = back.length > 0
    if (!abandoned) continue
    for (const one of givenUp) {
      await settleTogether(database, [one]).then(
        () => (isMore = true),
        (err: unknown) => log.error({ err, ...jobFields(one.job) }, 'a job could not be given up'),
      )
    }
  }
  await sql`delete from workers w where ${isLost(means)}`.execute(database.db)
}

async function takeBack(tx: Tx, means: Means) {
  const { rows } = await sql<JobRow>`
    select ${rowColumns} from pgboss.job j where j.name = any(${means.kinds}::text[]) and j.state = 'active'
      and not exists (select from workers w where w.id::text = j.group_tier and not (${isLost(means)}))
      and pg_postmaster_start_time() < now() - ${means.lostAfterMs}::float8 * interval '1 millisecond'
    limit ${mostAtOnce} for update of j skip locked`.execute(tx)
  const nobody = async () => undefined
  const endings = [...new Map(rows.map((job) => [`${job.kind} ${job.key}`, job])).values()].map((job) =>
    endingOf(job, { crashed: true }, means.abandoned ?? nobody),
  )
  const { retry = [], failed: givenUp = [] } = Object.groupBy(endings, ({ state }) => state)
  const back = apart(retry)
  await writeEndings(tx, back)
  return { back, givenUp } satisfies Record<string, readonly Ending[]>
}

/** Long enough for most jobs to end before the next begins. */
const apartMs = 2_000

/**
 * Of the jobs that a worker held when it died, one has killed it, as a rule, and nobody knows which. They all begin
 * again at once; those whose second worker has died come one after the other, so that no other dies with the third.
 */
function apart(endings: readonly Ending[]): readonly Ending[] {
  let suspects = 0
  return endings.map((ending) =>
    (ending.history?.crashes ?? 0) > 1 ? { ...ending, inMs: suspects++ * apartMs } : ending,
  )
}

const isLost = ({ lostAfterMs }: Means) =>
  sql`w.seen_at <= now() - ${lostAfterMs}::float8 * interval '1 millisecond'`

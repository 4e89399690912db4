import { CronExpressionParser } from 'cron-parser'
import { sql } from 'kysely'
import type { Db, Tx } from '../database.ts'
import { asMagpieError, MagpieError } from '../errors.ts'
import type { Log } from '../log.ts'
import { enqueue } from './enqueue.ts'
import type { Cron, Schedule, Schedules } from './job-queue.ts'
import { asJson } from './job-row.ts'

const field = String.raw`(\*|[\da-z]+(-[\da-z]+)?)(/\d+)?`
/** Five fields of crontab(5): libraries take more, which no other tool would understand. */
const crontab = new RegExp(String.raw`^${field}(,${field})*( ${field}(,${field})*){4}$`, 'i')
const letters = /[a-z]+/gi
const names = /^(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat)$/i

/**
 * When a schedule is due next. On the day that an hour is left out its runs come an hour later, and the hour that comes
 * twice has them once. Throws `input_invalid`.
 */
export function nextRun({ cron, timeZone }: Cron, after: Date): Date {
  const fields = cron.trim().replace(/\s+/g, ' ')
  try {
    new Intl.DateTimeFormat('en', { timeZone })
  } catch {
    throw new MagpieError('input_invalid', `“${timeZone}” is no time zone.`, {
      remedy: 'Give a name of the IANA time zone database, such as Europe/Berlin.',
    })
  }
  try {
    if (!crontab.test(fields) || fields.match(letters)?.some((word) => !names.test(word)))
      throw new Error('it has to have five fields, as in a crontab')
    return CronExpressionParser.parse(fields, { tz: timeZone, currentDate: after }).next().toDate()
  } catch (cause) {
    const why = asMagpieError(cause).message
    throw new MagpieError('input_invalid', `“${cron}” is no schedule: ${why}.`, {
      cause,
      remedy: 'Give minute, hour, day of month, month and day of week, such as 0 2 * * *.',
    })
  }
}

export function openSchedules<Jobs>(db: Db): Schedules<Jobs, Tx> {
  return {
    async set({ name, kind, args, cron, timeZone }, { tx } = {}) {
      const { rows } = await sql<{ now: Date }>`select now() as now`.execute(tx ?? db)
      const next = nextRun({ cron, timeZone }, rows[0]!.now)
      // Set again as it was, it keeps the run that is due: a program that sets it at each start must not put it off.
      await sql`
        insert into schedules as s (name, kind, args, cron, time_zone, next_run_at)
        values (${name}, ${kind}, ${asJson(args)}::jsonb, ${cron}, ${timeZone}, ${next.toISOString()}::timestamptz)
        on conflict (name) do update set kind = excluded.kind, args = excluded.args, cron = excluded.cron,
          time_zone = excluded.time_zone, next_run_at = case
            when s.cron = excluded.cron and s.time_zone = excluded.time_zone then s.next_run_at
            else excluded.next_run_at end`.execute(tx ?? db)
    },
    async remove(name, { tx } = {}) {
      await sql`delete from schedules where name = ${name}`.execute(tx ?? db)
    },
    async list() {
      const { rows } = await sql<Schedule>`select ${columns} from schedules order by name`.execute(db)
      return rows
    },
  }
}

const columns = sql.raw(
  'name, kind, args, cron, time_zone as "timeZone", last_run_at as "lastRunAt", next_run_at as "nextRunAt"',
)

/** Enqueues what is due, once however many runs were missed; each schedule by one process. The database's clock counts. */
export async function runSchedules(db: Db, kinds: readonly string[], log: Log): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { rows } = await sql<Schedule & { now: Date }>`
      select ${columns}, now() as now from schedules where next_run_at <= now() and kind = any(${kinds}::text[])
      order by next_run_at, name for update skip locked`.execute(tx)
    for (const due of rows) {
      const { name, kind } = due
      const next = nextOf(due, log)
      if (!next) {
        await sql`
          update schedules set next_run_at = now() + ${sayAgainMs} * interval '1 ms' where name = ${name}`.execute(
          tx,
        )
        continue
      }
      await enqueue(tx, kind, { args: [due.args], options: {} })
      await sql`
        update schedules set last_run_at = now(), next_run_at = ${next.toISOString()}::timestamptz
        where name = ${name}`.execute(tx)
      log.info({ schedule: name, kind, dueAt: due.nextRunAt }, 'a schedule has come due')
    }
  })
}

/** How often is said that a schedule cannot be kept. */
const sayAgainMs = 3_600_000

/** Null for a schedule that was fine when it was set and is none now, as when a time zone is renamed: others go on. */
function nextOf({ name, now, ...cron }: Schedule & { readonly now: Date }, log: Log): Date | null {
  try {
    return nextRun(cron, now)
  } catch (cause) {
    log.error({ err: cause, schedule: name }, 'a schedule cannot be kept; set it again')
    return null
  }
}

import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { haveDatabase, silent, until } from '../../test/given.ts'
import type { MagpieError } from '../errors.ts'
import { quick, theQueue, working } from './given.suite.ts'
import { nextRun, runSchedules } from './schedule.ts'

/** The next so many runs. */
function runs(cron: string, timeZone: string, from: string, many: number): readonly string[] {
  const found: Date[] = []
  for (let at = new Date(from); found.length < many; found.push(at)) at = nextRun({ cron, timeZone }, at)
  return found.map((at) => at.toISOString().slice(0, 16))
}

describe('a schedule', () => {
  it.each([
    ['every quarter of an hour', '*/15 * * * *', 'UTC', ['2026-03-28T12:15', '2026-03-28T12:30']],
    ['on working days', '0 2 * * mon-fri', 'UTC', ['2026-03-30T02:00', '2026-03-31T02:00']],
    [
      'on the 13th and on Fridays',
      '0 0 13 * 5',
      'UTC',
      ['2026-04-03T00:00', '2026-04-10T00:00', '2026-04-13T00:00'],
    ],
    ['on the 29th of February', '0 0 29 2 *', 'UTC', ['2028-02-29T00:00']],
    ['by the clock of its place', '0 2 * * *', 'Asia/Kolkata', ['2026-03-28T20:30']],
  ])('comes %s', (_, cron, timeZone, expected) => {
    expect(runs(cron, timeZone, '2026-03-28T12:01:00Z', expected.length)).toEqual(expected)
  })

  it('comes once on the day that its hour is left out, an hour later by the clock', () => {
    expect(runs('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 2)).toEqual([
      '2026-03-29T01:30',
      '2026-03-30T00:30',
    ])
    expect(runs('0 2 * * *', 'America/New_York', '2026-03-07T12:00:00Z', 2)).toEqual([
      '2026-03-08T07:00',
      '2026-03-09T06:00',
    ])
  })

  it('comes once on the day that its hour comes twice, but for what comes every hour anyway', () => {
    expect(runs('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ])
    expect(runs('0 * * * *', 'Europe/Berlin', '2026-10-24T23:30:00Z', 3)).toEqual([
      '2026-10-25T00:00',
      '2026-10-25T01:00',
      '2026-10-25T02:00',
    ])
  })

  it.each([
    ...[
      '',
      '* * * *',
      '0 0 0 * * *',
      '60 * * * *',
      '*/0 * * * *',
      '0 0 31 2 *',
      '@daily',
      'H * * * *',
      '0 0 L * *',
    ],
    ...[
      '0 0 * * 1#1',
      '0 0 ? * *',
      '5-1 * * * *',
      'every day',
      '0 0 * foo *',
      '* * * * * ; rm',
      '-1 * * * *',
    ],
  ])('is not “%s”', (cron) => {
    expect(() => nextRun({ cron, timeZone: 'UTC' }, new Date())).toThrow(
      expect.objectContaining({ code: 'input_invalid' }) as MagpieError,
    )
  })

  it('knows no time on Mars', () => {
    expect(() => nextRun({ cron: '0 0 * * *', timeZone: 'Mars/Olympus' }, new Date())).toThrow(
      /Mars\/Olympus/,
    )
  })
})

describe.runIf(haveDatabase)('schedules', () => {
  const trial = theQueue(quick)
  const nightly = {
    name: 'nightly',
    kind: 'serve',
    args: { name: 'Ada' },
    cron: '0 2 * * *',
    timeZone: 'UTC',
  } as const
  const hoursAgo = (hours: number) =>
    sql`update schedules set next_run_at = now() - ${hours}::int * interval '1 hour'`.execute(trial.db)

  it('are set, listed, set anew and removed by their names', async () => {
    const { schedules } = trial.queue
    await schedules.set(nightly)
    await schedules.set({ ...nightly, name: 'hourly', cron: '0 * * * *' })
    const [hourly, listed] = await schedules.list()
    expect(hourly!.name).toBe('hourly')
    expect(listed).toEqual({ ...nightly, lastRunAt: null, nextRunAt: expect.any(Date) as Date })
    expect(listed!.nextRunAt.getUTCHours()).toBe(2)
    expect(listed!.nextRunAt.getTime()).toBeGreaterThan(Date.now())
    await schedules.set({ ...nightly, cron: '0 5 * * *' })
    await schedules.remove('hourly')
    const [moved, ...others] = await schedules.list()
    expect(others).toEqual([])
    expect(moved!.nextRunAt.getUTCHours()).toBe(5)
  })

  it('are refused when they are none, and follow their transaction', async () => {
    const { schedules } = trial.queue
    await expect(schedules.set({ ...nightly, cron: 'nonsense' })).rejects.toMatchObject({
      code: 'input_invalid',
    })
    const setting = trial.db.transaction().execute(async (tx) => {
      await schedules.set(nightly, { tx })
      throw new Error('changed our mind')
    })
    await expect(setting).rejects.toThrow('changed our mind')
    expect(await schedules.list()).toEqual([])
  })

  it('set again as they were keep the run that is due', async () => {
    await trial.queue.schedules.set(nightly)
    await hoursAgo(1)
    await trial.queue.schedules.set({ ...nightly, args: { name: 'Bob' } })
    const [schedule] = await trial.queue.schedules.list()
    expect(schedule!.nextRunAt.getTime()).toBeLessThan(Date.now())
    expect(schedule!.args).toEqual({ name: 'Bob' })
  })

  it('that were missed for days come once, and then in their time', async () => {
    await trial.queue.schedules.set(nightly)
    await hoursAgo(100)
    const names: string[] = []
    const worker = working(trial.queue, {
      async serve({ name }) {
        names.push(name)
        return { done: true }
      },
    })
    await until(async () => (await trial.count('completed')) === 1)
    await worker.stop()
    expect(names).toEqual(['Ada'])
    const [schedule] = await trial.queue.schedules.list()
    expect(schedule!.nextRunAt.getTime()).toBeGreaterThan(Date.now())
    expect(Date.now() - schedule!.lastRunAt!.getTime()).toBeLessThan(60_000)
  })

  it('come once, however many look for them at the same moment', async () => {
    for (let n = 0; n < 10; n++)
      await trial.queue.schedules.set({ ...nightly, name: `schedule ${n}`, args: { name: `guest ${n}` } })
    await hoursAgo(1)
    await Promise.all(Array.from({ length: 8 }, () => runSchedules(trial.db, ['serve', 'greet'], silent)))
    expect(await trial.waiting()).toHaveLength(10)
  })

  it('that can no longer be kept hold up no others, and are looked at again some time', async () => {
    const { schedules } = trial.queue
    await schedules.set(nightly)
    await schedules.set({ ...nightly, name: 'broken', args: { name: 'Bob' } })
    await hoursAgo(1)
    await sql`update schedules set time_zone = 'Mars/Olympus', next_run_at = now() - interval '2 hours'
      where name = 'broken'`.execute(trial.db)
    await runSchedules(trial.db, ['serve'], silent)
    expect(await trial.waiting()).toMatchObject([{ name: 'Ada' }])
    const [broken] = await schedules.list()
    expect(broken).toMatchObject({ name: 'broken', lastRunAt: null })
    expect(broken!.nextRunAt.getTime()).toBeGreaterThan(Date.now())
  })

  it('of a kind that this process does not know are left to others', async () => {
    await trial.queue.schedules.set(nightly)
    await hoursAgo(1)
    await runSchedules(trial.db, ['greet'], silent)
    expect(await trial.waiting()).toEqual([])
  })
})

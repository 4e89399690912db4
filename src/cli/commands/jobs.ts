import { Command } from 'commander'
import type { ErrorCode } from '../../errors.ts'
import { changeJob, jobWithSubject } from '../../jobs/job-subject.ts'
import type { Job, JobFilter, JobState } from '../../queue/job-queue.ts'
import { complain } from '../complain.ts'
import {
  readingSources,
  settingSources,
  withMagpie,
  type CliContext,
  type GlobalOptions,
} from '../context.ts'
import { jobAsText, jobsAsTable } from '../job-text.ts'
import { code, jobState, optionsOf, whole } from '../options.ts'
import { hint } from './retry.ts'
import { count } from '../table.ts'

interface Options extends GlobalOptions {
  readonly state?: JobState
  readonly kind?: string
  readonly reason?: ErrorCode
  readonly host?: string
  readonly limit?: number
  readonly cursor?: string
  readonly json?: boolean
}

type Report = (exitCode: number) => void

/** `magpie jobs`: the queue, its dead letters, and what can be done about them. */
export const jobsCommand = (context: CliContext, report: Report): Command =>
  selecting(new Command('jobs'), 50)
    .description('List jobs, those that changed last first; show one, bring some back, cancel some')
    .option('--cursor <text>', 'go on where a list ended')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  $ magpie jobs --state failed --reason fetch_timeout')
    .action(async (_: unknown, command: Command) => report(await list(context, optionsOf(command))))
    .addCommand(
      new Command('show')
        .description('Show a job, its history of errors, and what it is about')
        .argument('<id>', 'the job')
        .option('--json', 'print one JSON object')
        .addHelpText('after', '\nExample:\n  $ magpie jobs show 0198c0de-0000-7000-8000-000000000000')
        .action(async (id: string, _: unknown, command: Command) =>
          report(await show(context, id, optionsOf(command))),
        ),
    )
    .addCommand(changing('retry', context, report))
    .addCommand(changing('cancel', context, report))

const selecting = (command: Command, most: number): Command =>
  command
    .option(
      '--state <state>',
      'only jobs in this state: created, retry, active, completed, cancelled, failed; a dead letter is failed',
      jobState,
    )
    .option('--kind <kind>', 'only jobs of this kind, as ingest-image')
    .option('--reason <code>', 'only jobs that failed with this code last', code)
    .option('--host <host>', 'only jobs that ask this host')
    .option('--limit <n>', `at most so many (default: ${most})`, whole(1, 10_000))

const filterOf = ({ state, kind, reason, host }: Options): JobFilter => ({
  ...(state && { state }),
  ...(kind !== undefined && { kind }),
  ...(reason && { code: reason }),
  ...(host !== undefined && { host }),
})

const list = (context: CliContext, options: Options): Promise<number> =>
  withMagpie(context, readingSources(options), async (magpie) => {
    const page = await magpie.queue.list(filterOf(options), {
      cursor: options.cursor ?? null,
      limit: options.limit ?? 50,
    })
    context.out(options.json ? JSON.stringify(page) : jobsAsTable(page.jobs))
    if (page.next && !options.json)
      context.err(`There are more: --limit, or go on with --cursor ${page.next}\n`)
    return 0
  })

const show = (context: CliContext, id: string, options: Options): Promise<number> =>
  withMagpie(context, readingSources(options), async (magpie) => {
    const found = await jobWithSubject(magpie, id)
    if (!options.json) context.out(jobAsText(found))
    else context.out(JSON.stringify({ ...found.job, image: found.image, item: found.item?.item ?? null }))
    return 0
  })

type Change = 'retry' | 'cancel'
const does = {
  retry: 'Have jobs done now that are dead, cancelled or wait for later',
  cancel: 'End jobs that wait, run or are dead; what they were for has failed with job_cancelled',
} as const
const done = { retry: 'to be done now', cancel: 'cancelled' } as const

const changing = (change: Change, context: CliContext, report: Report): Command =>
  selecting(new Command(change), 1_000)
    .description(does[change])
    .argument('[id...]', 'the jobs; or choose them by what they have in common')
    .option('--json', 'print one JSON object')
    .addHelpText('after', `\nExample:\n  $ magpie jobs ${change} --reason fetch_timeout --limit 100`)
    .action(async (ids: readonly string[], _: unknown, command: Command) => {
      const options = optionsOf<Options>(command)
      const isByFilter = Object.keys(filterOf(options)).length > 0
      if (ids.length > 0 === isByFilter)
        command.error('error: say which jobs: either their ids, or --reason, --state, --kind or --host')
      report(await (isByFilter ? changeSome : changeThese)(context, change, { ids, ...options }))
    })

interface Changed extends Options {
  readonly ids: readonly string[]
}

const changeSome = (context: CliContext, change: Change, options: Changed): Promise<number> =>
  withMagpie(context, settingSources(options, true), async (magpie) => {
    const which = { ...filterOf(options), limit: options.limit ?? 1_000 }
    tell(context, change, {
      jobs: await (change === 'retry' ? magpie.retryJobs : magpie.cancelJobs)(which),
      ...options,
    })
    return 0
  })

const changeThese = (context: CliContext, change: Change, options: Changed): Promise<number> =>
  withMagpie(context, settingSources(options, true), async (magpie) => {
    const jobs: Job[] = []
    for (const id of options.ids)
      await changeJob(magpie, change, id).then(
        (job) => jobs.push(job),
        // One that cannot be changed does not keep us from the others.
        (thrown: unknown) => complain(context, thrown, options.verbose ?? false),
      )
    tell(context, change, { jobs, ...options })
    return jobs.length === options.ids.length ? 0 : 1
  })

function tell(context: CliContext, change: Change, { jobs, json }: Options & { jobs: readonly Job[] }): void {
  if (json) context.out(JSON.stringify({ count: jobs.length, ids: jobs.map(({ id }) => id) }))
  else
    context.out(`${count(jobs.length, 'job')} ${done[change]}${change === 'retry' ? hint(jobs.length) : ''}.`)
}

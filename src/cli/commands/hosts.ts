import { Command } from 'commander'
import type { HostInSight } from '../../jobs/magpie.ts'
import {
  readingSources,
  settingSources,
  withMagpie,
  type CliContext,
  type GlobalOptions,
} from '../context.ts'
import { momentOr } from '../moments.ts'
import { optionsOf } from '../options.ts'
import { table } from '../table.ts'

interface Options extends GlobalOptions {
  readonly json?: boolean
}

/** `magpie hosts`: how the hosts that were asked are treated. */
export const hostsCommand = (context: CliContext, report: (exitCode: number) => void): Command =>
  new Command('hosts')
    .description(
      'List the hosts that were asked: what is under way, and which are slowed down for or paused, and why',
    )
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  $ magpie hosts')
    .action(async (_: unknown, command: Command) => report(await list(context, optionsOf(command))))
    .addCommand(
      new Command('resume')
        .description('End a host’s pause now')
        .argument('<host>', 'the host, with its port if it is an unusual one')
        .option('--json', 'print one JSON object')
        .addHelpText('after', '\nExample:\n  $ magpie hosts resume shop.example')
        .action(async (host: string, _: unknown, command: Command) =>
          report(await resume(context, host, optionsOf(command))),
        ),
    )

const list = (context: CliContext, options: Options): Promise<number> =>
  withMagpie(context, readingSources(options), async (magpie) => {
    const hosts = await magpie.hosts.states()
    if (options.json) context.out(JSON.stringify({ hosts }))
    else context.out(hosts.length === 0 ? 'No host was asked lately.' : hostsAsTable(hosts))
    return 0
  })

const resume = (context: CliContext, host: string, options: Options): Promise<number> =>
  withMagpie(context, settingSources(options, true), async (magpie) => {
    const resumed = await magpie.hosts.resume(host)
    if (options.json) context.out(JSON.stringify({ host, resumed }))
    else if (resumed) context.out(`${host} is asked again.`)
    if (!resumed) context.err(`magpie: ${host} is not paused\n  See the hosts with magpie hosts.\n`)
    return resumed ? 0 : 1
  })

/** Hosts, a line each. */
export const hostsAsTable = (hosts: readonly HostInSight[]): string =>
  table(
    ['host', 'under way', 'rate', 'paused until', 'why'],
    hosts.map(({ host, underWay, rate, pausedUntil, reason }) => [
      ...[host, String(underWay), `${Math.round(rate * 100)} %`],
      ...[momentOr(pausedUntil), reason ?? (rate < 1 ? 'slow or busy' : '')],
    ]),
  )

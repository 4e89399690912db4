import { Command, CommanderError, Option } from 'commander'
import { version } from '../version.ts'
import { catalogCommand } from './commands/catalog.ts'
import { discoverCommand } from './commands/discover.ts'
import { hostsCommand } from './commands/hosts.ts'
import { jobsCommand } from './commands/jobs.ts'
import { retryCommand } from './commands/retry.ts'
import { schedulesCommand } from './commands/schedules.ts'
import { scoreCommand } from './commands/score.ts'
import { scrapeCommand } from './commands/scrape.ts'
import { serveCommand } from './commands/serve.ts'
import { statusCommand } from './commands/status.ts'
import { sweepCommand } from './commands/sweep.ts'
import { syncCommand } from './commands/sync.ts'
import { workCommand } from './commands/work.ts'
import { complain } from './complain.ts'
import type { CliContext } from './context.ts'

const commands = [
  ...[scrapeCommand, discoverCommand, serveCommand, workCommand, catalogCommand, syncCommand, retryCommand],
  ...[statusCommand, jobsCommand, hostsCommand, schedulesCommand, sweepCommand, scoreCommand],
]

/** Bad words on the command line; what is well said and cannot be done is 1. */
const usageError = 2

/** Runs one command. Answers the exit code: 0 only when it did what it was asked. */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  let exitCode = 0
  const report = (failed: number) => (exitCode = failed)
  const program = new Command('magpie')
    .description('Finds the pictures of everything in your catalogue, brings them home, and keeps them good.')
    .version(version, '--version', 'print the version')
    .exitOverride()
    .configureOutput({ writeOut: (text) => context.out(text.trimEnd()), writeErr: context.err })
    .showHelpAfterError('(see --help)')
  for (const add of commands) program.addCommand(withCommonOptions(add(context, report), context))
  try {
    await program.parseAsync(argv, { from: 'user' })
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : usageError
    complain(context, thrown, argv.includes('--verbose'))
    return 1
  }
  return exitCode
}

/** The commands that may fetch. */
const fetching: ReadonlySet<string> = new Set(['scrape', 'discover', 'serve', 'work', 'sync', 'retry'])

/** What every command has, and every command below it. */
function withCommonOptions(
  command: Command,
  context: CliContext,
  fetches = fetching.has(command.name()),
): Command {
  for (const below of command.commands) withCommonOptions(below, context, fetches)
  return command
    .option('--data <dir>', 'the data folder (default: MAGPIE_DATA or ./magpie-data)')
    .addOption(
      new Option(
        '--allow-private <host>',
        'a private host that may be fetched, as host or host:port; may be repeated',
      )
        .argParser(collect)
        // The others take it too, so that a script can say it to all, but have no use for it.
        .hideHelp(!fetches),
    )
    .option('--verbose', 'log what happens, and say all of an error')
    .exitOverride()
    .configureOutput({ writeOut: (text) => context.out(text.trimEnd()), writeErr: context.err })
    .showHelpAfterError('(see --help)')
}

const collect = (value: string, before: readonly string[] = []) => [...before, value]

import { Command, InvalidArgumentError } from 'commander'
import { settingSources, type CliContext, type GlobalOptions } from '../context.ts'

interface Options extends GlobalOptions {
  readonly port: number
  readonly host: string
  readonly work: boolean
}

/** `magpie serve`: API, gallery and workers in one process. */
export const serveCommand = (context: CliContext, report: (exitCode: number) => void): Command =>
  new Command('serve')
    .description('Serve the gallery, the API and the images, and work the queue, in one process')
    .option('--port <n>', 'the port to listen on; 0 takes a free one', port, 8080)
    .option('--host <address>', 'the address to listen on', '127.0.0.1')
    .option('--no-work', 'serve only, and leave the queue to others')
    .addHelpText('after', '\nExample:\n  $ magpie serve --port 8080')
    .action(async (options: Options) => report(await serve(context, options)))

/** A port as it is given on the command line. */
export function port(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isInteger(value) && value >= 0 && value <= 65_535) return value
  throw new InvalidArgumentError('It must be a whole number from 0 to 65535.')
}

async function serve(context: CliContext, options: Options): Promise<number> {
  const magpie = await context.open(settingSources(options, false))
  try {
    const served = await context.serveHttp(magpie, options)
    magpie.announce(served.url)
    context.out(`Magpie serves at ${served.url}`)
    const ended = new Promise<void>((resolve) => {
      if (context.ending.aborted) resolve()
      context.ending.addEventListener('abort', () => resolve(), { once: true })
    })
    await Promise.all([ended, options.work ? magpie.work(context.ending) : undefined]).finally(() =>
      served.close(),
    )
  } finally {
    await magpie.close()
  }
  return 0
}

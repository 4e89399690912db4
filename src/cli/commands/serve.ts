import { Command } from 'commander'
import { settingSources, withMagpie, type CliContext, type GlobalOptions } from '../context.ts'
import { whole } from '../options.ts'
import { tellingPauses } from '../tell-pauses.ts'

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

/** Reads a port. */
export const port = whole(0, 65_535)

const serve = (context: CliContext, options: Options): Promise<number> =>
  withMagpie(context, settingSources(options, false), async (magpie) => {
    const served = await context.serveHttp(magpie, options)
    magpie.announce(served.url)
    context.out(`Magpie serves at ${served.url}`)
    const ended = new Promise<void>((resolve) => {
      if (context.ending.aborted) resolve()
      context.ending.addEventListener('abort', () => resolve(), { once: true })
    })
    const working = options.work ? tellingPauses(context, magpie, magpie.work(context.ending)) : undefined
    await Promise.all([ended, working]).finally(() => served.close())
    return 0
  })

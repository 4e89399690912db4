import { spawn } from 'node:child_process'
import path from 'node:path'
import type { Place } from '../given.ts'
import type { Origin } from './origin.ts'

const program = path.join(import.meta.dirname, '../../src/program.ts')
const dieAt = path.join(import.meta.dirname, '../walks/die-at.ts')

/** A process of `magpie`. */
export interface Run {
  readonly pid: number
  /** What it printed so far, both streams. */
  output(): string
  /** Resolves when it has printed these words. Rejects when it ends without. */
  said(words: string): Promise<void>
  kill(signal: NodeJS.Signals): void
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
}

export interface RunOptions {
  readonly origin: Pick<Origin, 'host'>
  /** Settings beside those of the place. */
  readonly settings?: Readonly<Record<string, string>>
  /** A stage at which the process kills itself, as `after-put:3` for the third time that it comes there. */
  readonly diesAt?: string
}

/** Where a place has its blobs on S3, so have its workers. */
function storeSettings({ config }: Place): Readonly<Record<string, string>> {
  if (config.STORE !== 's3') return {}
  const said = Object.entries(config).filter(([name, value]) => /^(?:STORE|AWS)/.test(name) && value != null)
  return Object.fromEntries(said.map(([name, value]) => [name, String(value)]))
}

/** Starts `magpie` with these words on a place's database and store, in a process of its own. */
export function magpie(place: Place, argv: readonly string[], options: RunOptions): Run {
  const { diesAt, settings = {}, origin } = options
  const child = spawn(process.execPath, [...(diesAt ? ['--import', dieAt] : []), program, ...argv], {
    // The channel says nothing; but its end tells the process that the test is gone.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      ...process.env,
      // As bin/magpie.js starts it; without this a few processes take the memory of a small machine.
      MALLOC_ARENA_MAX: '2',
      MAGPIE_DATA: place.folder,
      FETCH_ALLOW_PRIVATE: origin.host,
      DATABASE_SYNC: 'off',
      FETCH_CONTACT: 'tests@magpie.example',
      LOG_LEVEL: process.env['TEST_LOG'] ?? 'warn',
      ...storeSettings(place),
      ...(place.config.DATABASE_URL && { DATABASE_URL: place.config.DATABASE_URL }),
      ...(diesAt && { DIE_AT: diesAt }),
      ...settings,
    },
  })
  let output = ''
  const heard = new Set<() => void>()
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
      if (process.env['TEST_LOG']) process.stderr.write(chunk)
      for (const hear of heard) hear()
    })
  const ended = new Promise<Awaited<Run['ended']>>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  )
  return {
    pid: child.pid!,
    output: () => output,
    said: (words) =>
      new Promise((resolve, reject) => {
        const hear = () => {
          if (!output.includes(words)) return
          heard.delete(hear)
          resolve()
        }
        heard.add(hear)
        void ended.then(() => reject(new Error(`it ended without saying "${words}": ${output}`)))
        hear()
      }),
    kill: (signal) => void child.kill(signal),
    ended,
  }
}

const worksWords = 'magpie works'

/** Starts so many workers, and answers when all have begun. */
export async function startWorkers(count: number, place: Place, options: RunOptions): Promise<Run[]> {
  const workers = Array.from({ length: count }, () => magpie(place, ['work'], options))
  await Promise.all(workers.map(({ said }) => said(worksWords)))
  return workers
}

/** Asks workers to end, and answers with how they did. */
export async function stopWorkers(workers: readonly Run[]) {
  for (const worker of workers) worker.kill('SIGTERM')
  return Promise.all(workers.map(({ ended }) => ended))
}

import { spawn, type ChildProcess } from 'node:child_process'
import path from 'node:path'
import { expect } from 'vitest'
import type { Magpie } from '../jobs/magpie.ts'
import { runCli } from './cli.ts'

const root = path.join(import.meta.dirname, '../..')

/** How a run of `magpie` ended, and what it printed. */
export interface Run {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** A run that is under way. */
export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Run>
  /** Resolves when it has printed this, on whichever stream. */
  said(words: string): Promise<string>
}

/** Runs the command line as a person would, on this very Node.js, with nothing set but what is given. */
export function start(argv: readonly string[], environment: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(process.execPath, [path.join(root, 'bin/magpie.js'), ...argv], {
    cwd: root,
    env: { PATH: process.env['PATH'], FETCH_ALLOW_PRIVATE: '127.0.0.1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed = { out: '', err: '' }
  const heard = new Set<() => void>()
  for (const [stream, name] of [
    [child.stdout, 'out'],
    [child.stderr, 'err'],
  ] as const)
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      printed[name] += chunk
      heard.forEach((hear) => hear())
    })
  const ended = new Promise<Run>((resolve) => child.once('close', (code) => resolve({ code, ...printed })))
  const said = (words: string) =>
    new Promise<string>((resolve, reject) => {
      const all = () => printed.out + printed.err
      const hear = () => all().includes(words) && resolve(all())
      heard.add(hear)
      void ended.then(() => reject(new Error(`it ended without saying "${words}": ${all()}`)))
      hear()
    })
  return { child, ended, said }
}

export const run = (argv: readonly string[], environment?: Readonly<Record<string, string>>) =>
  start(argv, environment).ended

/** Runs a command in this very process, on a Magpie that is open already and stays so. */
export async function runOn(magpie: Magpie, ...argv: readonly string[]): Promise<Run> {
  const printed = { out: '', err: '' }
  const code = await runCli(argv, {
    open: async () => ({ ...magpie, close: async () => undefined }),
    openDiscovery: () => expect.unreachable('nothing is to be discovered'),
    openScoring: () => expect.unreachable('nothing is to be scored'),
    serveHttp: () => expect.unreachable('nothing is to be served'),
    serveMetrics: async () => null,
    out: (text) => void (printed.out += `${text}\n`),
    err: (text) => void (printed.err += text),
    isTerminal: false,
    ending: new AbortController().signal,
  })
  return { code, ...printed }
}

/** What happened and what can be done about it, with its code, and nothing of our insides. */
export function expectComplaint({ err, out }: Run, code: string | RegExp, what: string | RegExp): void {
  const pattern = typeof code === 'string' ? code : code.source
  expect(err).toMatch(new RegExp(`^magpie: \\S.*\\n  \\S.* \\[(${pattern})\\]\\n`, 'm'))
  expect(err).toMatch(what)
  expectNoStack(err + out)
}

export function expectNoStack(text: string): void {
  expect(text).not.toMatch(/^\s+at .+:\d+:\d+\)?$|node:internal|ZodError|\[object /m)
}

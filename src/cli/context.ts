import type { DiscoverOnly } from '../jobs/discover-page.ts'
import type { Magpie } from '../jobs/magpie.ts'
import type { ScoreOnly } from '../jobs/score-picture.ts'

/** Settings that a command has of its own, under and over the environment's. */
export interface SettingSources {
  readonly defaults?: Readonly<Record<string, string>>
  readonly overrides?: Readonly<Record<string, string>>
  readonly allowPrivate?: readonly string[]
  /** For commands that only read: that no data folder is made where there is none. */
  readonly mustExist?: boolean
}

export interface Served {
  readonly url: string
  close(): Promise<void>
}

/** What the commands are given: how to open Magpie, and where to print. */
export interface CliContext {
  open(settings: SettingSources): Promise<Magpie>
  openDiscovery(settings: SettingSources): DiscoverOnly
  openScoring(settings: SettingSources): ScoreOnly
  serveHttp(magpie: Magpie, at: { readonly host: string; readonly port: number }): Promise<Served>
  /** Answers /metrics, /healthz and /readyz where the settings say; null where they say nothing. */
  serveMetrics(magpie: Magpie, settings: SettingSources): Promise<Served | null>
  /** Answers go here. */
  out(text: string): void
  /** Progress and complaints go here. */
  err(text: string): void
  /** Whether `err` is a terminal, where a line can be written over. */
  readonly isTerminal: boolean
  /** Aborts when the process is asked to end. */
  readonly ending: AbortSignal
}

/** Options that every command has. */
export interface GlobalOptions {
  readonly data?: string
  readonly verbose?: boolean
  readonly allowPrivate?: readonly string[]
  /** Of the commands that read pages. */
  readonly render?: boolean
}

/** Opens Magpie for one command, and closes it whatever becomes of it. */
export async function withMagpie(
  context: CliContext,
  sources: SettingSources,
  go: (magpie: Magpie) => Promise<number>,
): Promise<number> {
  const magpie = await context.open(sources)
  try {
    return await go(magpie)
  } finally {
    await magpie.close()
  }
}

/** What the common options mean as settings; `quiet` commands log only when they are asked to. */
export function settingSources(options: GlobalOptions, quiet: boolean): SettingSources {
  return {
    defaults: quiet ? { LOG_LEVEL: 'silent' } : {},
    overrides: {
      ...(options.data !== undefined && { MAGPIE_DATA: options.data }),
      ...(options.verbose && { LOG_LEVEL: 'debug' }),
      ...(options.render && { RENDER: 'always' }),
    },
    allowPrivate: options.allowPrivate ?? [],
  }
}

/** The same for commands that only look at what is there. */
export const readingSources = (options: GlobalOptions): SettingSources => ({
  ...settingSources(options, true),
  mustExist: true,
})

import { databaseSettings } from './database.ts'
import { fetchSettings } from './fetch/fetch-settings.ts'
import { renderSettings } from './fetch/render-settings.ts'
import { hostsSettings } from './hosts/open-hosts.ts'
import { imagingSettings } from './imaging/open-imaging.ts'
import { logSettings } from './log.ts'
import { number, optionalNumber, readSettings, text, type Values } from './settings.ts'
import { storageSettings } from './storage/open-stores.ts'
import { telemetrySettings } from './telemetry.ts'

const programSettings = {
  MAGPIE_DATA: text({
    default: './magpie-data',
    means: 'the folder for the embedded database and the disk store',
  }),
  WORK_CONCURRENCY: number({
    default: 32,
    min: 1,
    max: 500,
    means: 'images that one process ingests at once',
  }),
  WORK_DRAIN_MS: number({
    default: 30_000,
    min: 0,
    max: 3_600_000,
    means: 'how long work under way may finish when the process is told to stop; then it is handed back',
  }),
  WORK_GUESS_AGAIN_DAYS: number({
    default: 30,
    min: 1,
    max: 3650,
    means: 'days after which a way of guessing larger versions is tried again at a host that refused it',
  }),
  METRICS_PORT: optionalNumber({
    min: 0,
    max: 65_535,
    means:
      'a port where magpie work answers /metrics, /healthz and /readyz; 0 takes a free one; magpie serve has them anyway',
  }),
  METRICS_HOST: text({ default: '127.0.0.1', means: 'the address that port is opened at' }),
}

/** The sum of the rooms' settings. */
export const settings = {
  ...programSettings,
  ...databaseSettings,
  ...storageSettings,
  ...fetchSettings,
  ...renderSettings,
  ...hostsSettings,
  ...imagingSettings,
  ...logSettings,
  ...telemetrySettings,
}

export type Config = Values<typeof settings>

/** Where settings come from beside the environment. */
export interface ConfigSources {
  /** Under the environment: a command's own defaults. */
  readonly defaults?: Readonly<Record<string, string>>
  /** Over the environment: what the command line says. */
  readonly overrides?: Readonly<Record<string, string>>
  /** Besides the environment's: more hosts that may be fetched from although they are private. */
  readonly allowPrivate?: readonly string[]
}

/** Reads all settings once. Throws `setting_invalid`. */
export function readConfig({ defaults = {}, overrides = {}, allowPrivate = [] }: ConfigSources = {}): Config {
  const config = readSettings(settings, { ...defaults, ...process.env, ...overrides })
  return { ...config, FETCH_ALLOW_PRIVATE: [...config.FETCH_ALLOW_PRIVATE, ...allowPrivate] }
}

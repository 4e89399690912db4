import { databaseSettings } from './database.ts'
import { fetchSettings } from './fetch/fetch-settings.ts'
import { imagingSettings } from './imaging/open-imaging.ts'
import { logSettings } from './log.ts'
import { number, readSettings, text, type Values } from './settings.ts'
import { storageSettings } from './storage/open-stores.ts'

const programSettings = {
  MAGPIE_DATA: text({
    default: './magpie-data',
    means: 'the folder for the embedded database and the disk store',
  }),
  WORK_CONCURRENCY: number({
    default: 16,
    min: 1,
    max: 500,
    means: 'images that one process ingests at once',
  }),
}

/** The sum of the rooms' settings. */
export const settings = {
  ...programSettings,
  ...databaseSettings,
  ...storageSettings,
  ...fetchSettings,
  ...imagingSettings,
  ...logSettings,
}

export type Config = Values<typeof settings>

/** Reads all settings once: the environment over a command's own defaults, and the command line over both. */
export const readConfig = ({ defaults = {}, overrides = {} }: ConfigSources = {}): Config =>
  readSettings(settings, { ...defaults, ...process.env, ...overrides })

export interface ConfigSources {
  readonly defaults?: Readonly<Record<string, string>>
  readonly overrides?: Readonly<Record<string, string>>
}

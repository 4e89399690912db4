import { AsyncLocalStorage } from 'node:async_hooks'
import { pino, type Logger, type DestinationStream } from 'pino'
import { oneOf, type Values } from './settings.ts'

export const logSettings = {
  LOG_LEVEL: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'silent'], {
    default: 'info',
    means: 'how much is logged, as JSON lines on standard error',
  }),
}

export type Log = Logger

/** What a line is about: identifiers and plain words, never secrets. */
export type LogFields = Readonly<Record<string, unknown>>

const about = new AsyncLocalStorage<Record<string, unknown>>()

/** Does something, all lines of which carry these fields, whichever room they come from and whenever they come. */
export const logAbout = <T>(fields: LogFields, go: () => T): T =>
  about.run({ ...about.getStore(), ...fields }, go)

/** Adds what has been learnt since to the lines that are still to come; outside of `logAbout` it does nothing. */
export function logAlso(fields: LogFields): void {
  const now = about.getStore()
  if (now) Object.assign(now, fields)
}

/** Structured logging to standard error; standard output is for answers. */
export function openLog(settings: Values<typeof logSettings>, to?: DestinationStream): Log {
  // A copy, because pino writes the line's own fields into it.
  const mixin = () => ({ ...about.getStore() })
  const options = { level: settings.LOG_LEVEL, base: null, mixin }
  return pino(options, to ?? pino.destination({ dest: 2, sync: false }))
}

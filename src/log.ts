import { pino, type Logger, type DestinationStream } from 'pino'
import { oneOf, type Values } from './settings.ts'

export const logSettings = {
  LOG_LEVEL: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'silent'], {
    default: 'info',
    means: 'how much is logged, as JSON lines on standard error',
  }),
}

export type Log = Logger

/** Structured logging to standard error; standard output is for answers. */
export function openLog(settings: Values<typeof logSettings>, to?: DestinationStream): Log {
  return pino({ level: settings.LOG_LEVEL, base: null }, to ?? pino.destination({ dest: 2, sync: false }))
}

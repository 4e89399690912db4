import { isDatabaseAway } from '../database.ts'
import { asMagpieError, MagpieError } from '../errors.ts'
import type { Pause } from './pause.ts'

/** Asks the database until it answers; throws what is not for want of it, and the signal's reason. */
export type Patience = <T>(ask: () => Promise<T>, signal: AbortSignal) => Promise<T>

/** For those who have something in hand that they would have to fetch again. */
export const patient =
  ({ pause, ping }: { readonly pause: Pause; readonly ping: () => Promise<unknown> }): Patience =>
  async (ask, signal) => {
    for (;;) {
      try {
        return await ask()
      } catch (thrown) {
        if (!isDatabaseAway(thrown)) throw thrown
        pause.begin(databaseAway(thrown), ping)
        await pause.ready(signal)
      }
    }
  }

/** Trouble with the database under its code. */
export const databaseAway = (cause: unknown): MagpieError =>
  new MagpieError(
    'database_unavailable',
    `The database cannot be reached: ${asMagpieError(cause).message}.`,
    { cause },
  )

import { asMagpieError } from '../errors.ts'
import type { CliContext } from './context.ts'

/** What, why, and what to do; never a stack trace unless it was asked for. */
export function complain({ err }: Pick<CliContext, 'err'>, thrown: unknown, verbose: boolean): void {
  const error = asMagpieError(thrown)
  err(`magpie: ${error.message}\n  ${error.remedy} [${error.code}]\n`)
  if (!verbose) return
  for (let cause = thrown; cause instanceof Error; cause = cause.cause) err(`${cause.stack}\n`)
}

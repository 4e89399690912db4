import { InvalidArgumentError, type Command } from 'commander'
import { errorCodes, isErrorCode, type ErrorCode } from '../errors.ts'
import type { JobState } from '../queue/job-queue.ts'

/** What was said to a command, before its name and after. */
export const optionsOf = <Options>(command: Command): Options => ({
  ...command.parent?.opts<Options & object>(),
  ...command.opts<Options & object>(),
})

/** Reads whole numbers between bounds. */
export const whole =
  (min: number, max: number) =>
  (text: string): number =>
    within(text, { min, max, isWhole: true })

/** Reads numbers between bounds. */
export const between =
  (min: number, max: number) =>
  (text: string): number =>
    within(text, { min, max, isWhole: false })

function within(text: string, { min, max, isWhole }: { min: number; max: number; isWhole: boolean }): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= min && value <= max && (!isWhole || Number.isInteger(value)))
    return value
  throw new InvalidArgumentError(`It must be a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}.`)
}

/** Reads a code from the table of errors. */
export function code(text: string): ErrorCode {
  if (isErrorCode(text)) return text
  const near = errorCodes.filter((one) => one.split('_')[0] === text.split('_')[0])
  throw new InvalidArgumentError(
    `It must be a code, such as ${(near.length > 0 ? near : ['source_busy', 'fetch_timeout']).slice(0, 8).join(', ')}.`,
  )
}

const states: readonly string[] = ['created', 'retry', 'active', 'completed', 'cancelled', 'failed']

/** Reads a job's state. */
export function jobState(text: string): JobState {
  if (states.includes(text)) return text as JobState
  throw new InvalidArgumentError(`It must be one of ${states.join(', ')}.`)
}

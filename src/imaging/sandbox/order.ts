import { asMagpieError, MagpieError, type ErrorCode, type ErrorDetails } from '../../errors.ts'
import type { Limits } from '../header.ts'
import type { VariantSpec } from '../variant-spec.ts'
import type { Message } from './messages.ts'

/** What is to be done with a picture's bytes. */
export type Order =
  | { readonly verb: 'inspect'; readonly limits: Limits }
  | { readonly verb: 'render'; readonly limits: Limits; readonly spec: VariantSpec }

/** An error on its way between processes; of its cause only the words remain. */
interface Refusal {
  readonly code: ErrorCode
  readonly message: string
  readonly details: Omit<ErrorDetails, 'cause'>
  readonly cause: string | null
}

/** An error as a message. */
export function refusal(thrown: unknown): Message {
  const { code, message, details } = asMagpieError(thrown)
  const { cause, ...said } = details
  const why = cause instanceof Error ? (cause.stack ?? cause.message) : null
  return { words: { refused: { code, message, details: said, cause: why } }, bytes: new Uint8Array() }
}

/** The error in a message; null in one that brings a result. */
export function refusedBy({ words }: Message): MagpieError | null {
  const { refused } = words as { readonly refused?: Refusal }
  if (!refused) return null
  const { code, message, details, cause } = refused
  return new MagpieError(code, message, cause === null ? details : { ...details, cause: new Error(cause) })
}

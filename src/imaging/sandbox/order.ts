import { asMagpieError, MagpieError, type ErrorCode, type ErrorDetails } from '../../errors.ts'
import type { Limits } from '../header.ts'
import type { VariantSpec } from '../variant-spec.ts'
import type { Message } from './messages.ts'

/** What is to be done with a picture's bytes. */
export type Order =
  | { readonly verb: 'inspect'; readonly limits: Limits }
  | { readonly verb: 'render'; readonly limits: Limits; readonly spec: VariantSpec }

/** An error on its way between processes. */
interface Refusal {
  readonly code: ErrorCode
  readonly message: string
  readonly details: Omit<ErrorDetails, 'cause'>
  readonly cause: { readonly message: string; readonly stack?: string | undefined } | null
}

/** An error as a message. */
export function refusal(thrown: unknown): Message {
  const { code, message, details } = asMagpieError(thrown)
  const { cause: why, ...rest } = details
  const cause = why instanceof Error ? { message: why.message, stack: why.stack } : null
  const refused: Refusal = { code, message, details: rest, cause }
  return { words: { refused }, bytes: new Uint8Array() }
}

/** The error in a message; null in one that brings a result. */
export function refusedBy({ words }: Message): MagpieError | null {
  const { refused } = words as { readonly refused?: Refusal }
  if (!refused) return null
  const { code, message, details, cause: why } = refused
  const cause = why === null ? undefined : Object.assign(new Error(why.message), { stack: why.stack })
  return new MagpieError(code, message, { ...details, cause })
}

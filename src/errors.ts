import { codes, type Code } from './error-codes.ts'

/** The stable word for one thing that can go wrong; the same in tables, API, logs and on the command line. */
export type ErrorCode = keyof typeof codes

export const errorCodes = Object.keys(codes) as readonly ErrorCode[]

export const isErrorCode = (word: string): word is ErrorCode => Object.hasOwn(codes, word)

/** What is known of a code. */
export const codeOf = (code: ErrorCode): Code => codes[code]

/** Details that say more than the code's own sentence. */
export interface ErrorDetails {
  readonly cause?: unknown
  /** The source's own word on when to come back. */
  readonly retryAfterMs?: number
  /** The setting whose limit was met, and what was measured against it. */
  readonly setting?: string
  readonly measured?: number | string
  /** In place of the code's own remedy. */
  readonly remedy?: string
}

/** The one error class: a code from the table, and a sentence that says what happened here. */
export class MagpieError extends Error {
  override readonly name = 'MagpieError'
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, message?: string, details: ErrorDetails = {}) {
    super(message ?? codes[code].says, { cause: details.cause })
    this.code = code
    this.details = details
  }

  get status(): number {
    return codes[this.code].status
  }

  /** Whether the same request may succeed later. */
  get retry(): boolean {
    return codes[this.code].retry
  }

  /** What a person can do about it. */
  get remedy(): string {
    return this.details.remedy ?? codes[this.code].remedy
  }
}

/** Any thrown value as a MagpieError; what is not ours becomes `internal`, its message kept. */
export function asMagpieError(thrown: unknown): MagpieError {
  if (thrown instanceof MagpieError) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new MagpieError('internal', message || codes.internal.says, { cause: thrown })
}

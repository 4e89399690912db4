/** What PostgreSQL answers when it cannot serve just now: connections, shutting down, starting up, out of room, a standby. */
const sqlStates = /^(08...|57P0[1-5]|53...|25006)$/

/** What Node says of a connection that cannot be made or was lost. */
const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])

/** What pg says in words alone. */
const words =
  /^(connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|client was closed|cannot use a pool after calling end)/i

/**
 * Whether an error of a statement means that the database cannot be used for a while, and not that the statement was
 * wrong. Codes: PostgreSQL's errcodes appendix, classes 08, 53 and 57.
 */
export function isDatabaseAway(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false
  if (cause instanceof AggregateError && cause.errors.some(isDatabaseAway)) return true
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  return sqlStates.test(code) || networkCodes.has(code) || words.test(cause.message)
}

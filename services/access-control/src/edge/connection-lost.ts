/** SQLSTATE classes and codes that say "not now": connection exceptions, too many connections, shutting down or starting up, a server that only reads. */
const codes = /^(08...|53300|57P0[1235]|25006)$/
const systemCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'EAI_AGAIN',
])
/** What `pg` and the embedded database say without a code. */
const messages =
  /connection terminated|connection error and is not queryable|timeout exceeded when trying to connect|database has been closed|Client was closed/i

/** Whether this error means that the database could not be reached, or went away; anything else is a bug. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof AggregateError && error.errors.some(isConnectionLost)) return true
  const { code } = error as Error & { code?: unknown }
  if (typeof code === 'string' && (codes.test(code) || systemCodes.has(code))) return true
  return messages.test(error.message) || isConnectionLost(error.cause)
}

import { type Cause, FailedError, type Failure, GarbageError, RequestRefusedError } from './failure.ts'

/** Codes of Node and of its HTTP client (undici) that tell the cause whenever they occur. */
const causes: Record<string, Cause> = {
  ECONNREFUSED: 'unreachable',
  ENOTFOUND: 'unreachable',
  EAI_AGAIN: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ETIMEDOUT: 'unreachable',
  UND_ERR_CONNECT_TIMEOUT: 'unreachable',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'garbage',
}
const garbage = /^(HPE_|Z_|ERR__ERROR_FORMAT|UND_ERR_HEADERS_OVERFLOW)/
const certificate = /CERT|SIGNATURE|ERR_TLS|ERR_SSL|EPROTO/
const broken = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'])

/**
 * What a thrown error says about the network and the bytes, whichever SDK wrapped it. `answered`: whether the provider's answer had begun.
 * Undefined for anything else, which is then a bug of ours and goes on being thrown.
 */
export function failureOfNetwork(error: unknown, { answered }: { answered: boolean }): Failure | undefined {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 6; cause = cause.cause, depth++) {
    if (cause instanceof RequestRefusedError) return { cause: 'request-refused', hint: cause.message }
    if (cause instanceof FailedError) return { cause: 'failed' }
    if (cause instanceof GarbageError || cause instanceof SyntaxError) return { cause: 'garbage' }
    const { code } = cause as NodeJS.ErrnoException
    if (typeof code !== 'string') continue
    if (causes[code]) return { cause: causes[code] }
    if (garbage.test(code)) return { cause: 'garbage' }
    if (certificate.test(code)) return { cause: 'unreachable' }
    if (broken.has(code)) return { cause: answered ? 'cut' : 'unreachable' }
  }
  // undici wraps what it has no code for in a TypeError of one of these two messages.
  if (isFetchError(error, 'fetch failed')) return { cause: 'unreachable' }
  if (isFetchError(error, 'terminated')) return { cause: 'cut' }
  return undefined
}

function isFetchError(error: unknown, message: string): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 6; cause = cause.cause, depth++) {
    if (cause instanceof TypeError && cause.message === message) return true
  }
  return false
}

import type { Fault } from '@tessera/shared/fault/fault'
import { Type } from 'typebox'

export const TokenError = Type.Object({ error: Type.String(), error_description: Type.String() }, { $id: 'TokenError' })

type ErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_scope'
  | 'invalid_target'
  | 'unauthorized_client'
  | 'unsupported_grant_type'

/** What the token route answers instead of a token; or a fault, for what is wrong on our side. */
export class OauthFault extends Error {
  readonly reason: ErrorCode | Fault
  constructor(reason: ErrorCode | Fault, description = '') {
    super(description)
    this.reason = reason
  }
}

/** An error of this route as RFC 6749 section 5.2 words it. Faults of the edge (a bad credential, too many requests) are among them. */
export function oauthErrorOf(error: unknown, fault: Fault) {
  if (!(error instanceof OauthFault)) return ofFault(fault)
  const { reason, message } = error
  if (typeof reason !== 'string') return ofFault(reason)
  return { status: reason === 'invalid_client' ? 401 : 400, body: { error: reason, error_description: message } }
}

const ofFault = ({ status, title }: Fault) => ({ status, body: { error: codeOf(status), error_description: title } })

function codeOf(status: number): string {
  if (status === 401) return 'invalid_client'
  if (status === 403) return 'unauthorized_client'
  if (status >= 500 || status === 429) return 'temporarily_unavailable'
  return 'invalid_request'
}

import type { Fault } from '@tessera/shared/fault/fault'
import { Type } from 'typebox'
import { paramOf } from '../compatible/param.ts'

export const AnthropicError = Type.Object(
  {
    type: Type.Literal('error'),
    error: Type.Object({
      type: Type.String(),
      message: Type.String(),
      code: Type.String({ description: 'Ours (docs/faults.md).' }),
      param: Type.Union([Type.String(), Type.Null()], { description: 'Ours: the field that it is about.' }),
    }),
    request_id: Type.String(),
  },
  { $id: 'AnthropicError' },
)

/** A fault in Anthropic's shape. */
export function anthropicError(fault: Fault, requestId: string) {
  const { status, detail, code } = fault
  const message =
    status === 404 && !code.startsWith('models.') ? 'The model does not exist, or you may not use it.' : detail
  return {
    type: 'error' as const,
    error: { type: typeOf(status), message, code, param: paramOf(fault) },
    request_id: requestId,
  }
}

function typeOf(status: number): string {
  switch (status) {
    case 401:
      return 'authentication_error'
    case 403:
      return 'permission_error'
    case 404:
      return 'not_found_error'
    case 413:
      return 'request_too_large'
    case 429:
      return 'rate_limit_error'
    case 503:
      return 'overloaded_error'
    case 504:
      return 'timeout_error'
    default:
      return status < 500 ? 'invalid_request_error' : 'api_error'
  }
}

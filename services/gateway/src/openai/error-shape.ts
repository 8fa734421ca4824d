import type { Fault } from '@tessera/shared/fault/fault'
import { Type } from 'typebox'
import { paramOf } from '../compatible/param.ts'

export const OpenaiError = Type.Object(
  {
    error: Type.Object({
      message: Type.String(),
      type: Type.String(),
      param: Type.Union([Type.String(), Type.Null()]),
      code: Type.Union([Type.String(), Type.Null()]),
    }),
  },
  { $id: 'OpenaiError' },
)

/** Codes that clients of OpenAI act on, for ours that mean the same. */
const knownCodes: Readonly<Record<string, string>> = {
  'models.unsupported': 'unsupported_parameter',
  'models.prompt-too-long': 'context_length_exceeded',
  'models.budget-exceeded': 'insufficient_quota',
}

/** A fault in OpenAI's shape. `code` stays ours, but for those that clients know by OpenAI's. */
export function openaiError(fault: Fault) {
  const { status, detail, code } = fault
  const param = paramOf(fault)
  if (status === 404) {
    const message = code.startsWith('models.') ? detail : 'The model does not exist, or you may not use it.'
    return { error: { message, type: 'invalid_request_error', param: 'model', code: 'model_not_found' } }
  }
  return { error: { message: detail, type: typeOf(status), param, code: knownCodes[code] ?? code } }
}

function typeOf(status: number): string {
  if (status === 401) return 'authentication_error'
  if (status === 403) return 'permission_error'
  if (status === 429) return 'rate_limit_error'
  return status < 500 ? 'invalid_request_error' : 'server_error'
}

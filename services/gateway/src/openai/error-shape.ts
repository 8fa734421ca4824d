import type { Fault } from '@tessera/shared/fault/fault'
import { Type } from 'typebox'

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

/** A fault in OpenAI's shape. `code` stays ours, but for a model that isn't there, which clients know by OpenAI's. */
export function openaiError(fault: Fault) {
  const { status, detail: message, code, errors: [first] = [] } = fault
  const param = first ? paramOf(first.field) : null
  if (status === 404)
    return {
      error: {
        message: 'The model does not exist, or you may not use it.',
        type: 'invalid_request_error',
        param: 'model',
        code: 'model_not_found',
      },
    }
  return { error: { message, type: typeOf(status), param, code } }
}

function typeOf(status: number): string {
  if (status === 401) return 'authentication_error'
  if (status === 403) return 'permission_error'
  if (status === 429) return 'rate_limit_error'
  return status < 500 ? 'invalid_request_error' : 'server_error'
}

/** `messages[0].content` of `/messages/0/content`. */
const paramOf = (field: string) =>
  field
    .split('/')
    .filter((part) => part !== '')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : path === '' ? part : `${path}.${part}`), '')

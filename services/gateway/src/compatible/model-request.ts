import type { CompletionRequest } from '@tessera/shared/contracts/model-router/completion'
import { modelsFaults } from '@tessera/shared/contracts/model-router/faults'
import type { FieldError } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { httpFaults } from '@tessera/shared/http/faults'

/** A request of any API that is spoken here, in our own terms. `model` may be `agent/<handle>`, which alone has views that are more restricted. */
export type ModelRequest = Omit<CompletionRequest, 'decisionIds'> & { readonly allowRestrictedView?: boolean }

/** The request, unless something in the body is wrong (`invalid`), or is nothing that can be honoured (`unsupported`). */
export function readAs<T>(request: T, { invalid = [], unsupported = [] }: Refused): Result<T> {
  const [wrong] = invalid
  if (wrong) return fail(httpFaults.fault('invalid-request', `${wrong.field} ${wrong.rule}.`, { errors: [...invalid] }))
  const [first] = unsupported
  if (!first) return ok(request)
  const detail = `${first.field} ${first.rule}.`
  return fail(modelsFaults.fault('unsupported', detail, { errors: [...unsupported] }))
}

export type Refused = { readonly invalid?: readonly FieldError[]; readonly unsupported?: readonly FieldError[] }

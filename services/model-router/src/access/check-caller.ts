import type { Call } from '@tessera/shared/bus/call'
import type { Client } from '@tessera/shared/bus/contract'
import type { accessContract } from '@tessera/shared/contracts/access-control'
import { accessFaults } from '@tessera/shared/contracts/access-control/faults'
import type { Role } from '@tessera/shared/contracts/access-control/common'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok } from '@tessera/shared/fault/result'

export type Access = Pick<
  Client<typeof accessContract>,
  'checkRole' | 'checkModels' | 'checkAgents' | 'presentRevision' | 'logChange'
>

/**
 * Whether the caller is active and, where roles are given, holds one of them. Without an answer of access-control nobody is. A service that
 * acts for itself (`system:…`) is no principal; that it is that service was verified with the call's assertion.
 */
export async function checkCaller(access: Access, call: Call, { anyOf = [] }: { anyOf?: Role[] } = {}) {
  if (anyOf.length === 0 && call.caller.subject.startsWith('system:')) return ok()
  const checked = await access.checkRole({ anyOf }, call)
  if (checked.ok) return ok()
  return failFromAccess(checked.fault)
}

/** What access-control refused with, as our own contract lists it. */
export function failFromAccess(fault: Fault) {
  switch (fault.code) {
    case 'access.forbidden':
    case 'access.pending':
    case 'access.deactivated':
    case 'access.unavailable':
    case 'access.stopped':
      return fail({ ...fault, code: fault.code })
    default:
      return fail(accessFaults.fault('unavailable', 'Access control could not be asked.'))
  }
}

import type { Call } from '@tessera/shared/bus/call'
import type { Role } from '@tessera/shared/contracts/access-control/common'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import type { Access } from '../read-sets/check-openable.ts'
import { type ReadFault, readFault } from './faults.ts'

/** The caller must be an active principal, and hold one of these roles if any are named. */
export async function requireActive(
  access: Access,
  call: Call,
  anyOf: Role[] = [],
): Promise<Result<{ revision: number }, ReadFault>> {
  const checked = await access.checkRole({ anyOf }, call)
  return checked.ok ? ok(checked.value) : fail(readFault(checked.fault))
}

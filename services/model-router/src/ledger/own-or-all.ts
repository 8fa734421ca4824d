import type { Call } from '@tessera/shared/bus/call'
import { ok } from '@tessera/shared/fault/result'
import { type Access, checkCaller } from '../access/check-caller.ts'

/** What of the ledger a caller may see: an admin the rows of the workspace, anybody else their own. */
export async function ownOrAll(access: Access, call: Call) {
  const { workspaceId, subject } = call.caller
  const admin = await checkCaller(access, call, { anyOf: ['admin'] })
  if (admin.ok) return ok({ workspaceId })
  if (admin.fault.code !== 'access.forbidden') return admin
  const active = await checkCaller(access, call)
  return active.ok ? ok({ workspaceId, onlyOf: subject }) : active
}

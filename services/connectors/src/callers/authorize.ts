import { accessFaults } from '@tessera/shared/contracts/access-control/faults'
import type { accessContract } from '@tessera/shared/contracts/access-control'
import type { Call } from '@tessera/shared/bus/call'
import type { Client } from '@tessera/shared/bus/contract'
import { fail, ok } from '@tessera/shared/fault/result'
import { failFromAccess } from './access-faults.ts'

export type AccessClient = Client<typeof accessContract>

const keyScopes = /^(ask|search|models|push(:.*)?)$/

/** Whether the caller came with an API key for something narrower than everything; such a key lends none of its owner's roles. */
const isNarrowKey = ({ caller }: Call) =>
  !caller.scopes.includes('all') && caller.scopes.some((scope) => keyScopes.test(scope))

export async function requireAdmin(access: AccessClient, call: Call) {
  if (isNarrowKey(call)) return fail(accessFaults.fault('forbidden', 'This key is not for administration.'))
  const held = await access.checkRole({ anyOf: ['admin'] }, call)
  return held.ok ? ok() : failFromAccess(held.fault)
}

/** Admins, or an active principal with a push key of this very data source (the gateway puts `push:src_…` into its scopes). */
export async function requirePusher(access: AccessClient, dataSourceId: string, call: Call) {
  if (!call.caller.scopes.includes(`push:${dataSourceId}`)) return requireAdmin(access, call)
  const active = await access.checkRole({ anyOf: [] }, call)
  return active.ok ? ok() : failFromAccess(active.fault)
}

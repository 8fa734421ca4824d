import type { Call } from '@tessera/shared/bus/call'
import { ok } from '@tessera/shared/fault/result'
import { type Access, failFromAccess } from './check-caller.ts'

/** Which of these names cover the caller, who must be active. */
export async function coveringNames(access: Access, names: readonly string[], call: Call) {
  const checked = await access.checkModels({ decisionIds: [], models: [], names: [...names] }, call)
  return checked.ok ? ok(new Set(checked.value.covering ?? [])) : failFromAccess(checked.fault)
}

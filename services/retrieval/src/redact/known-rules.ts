import type { Bus } from '@tessera/shared/bus/bus'
import type { Client } from '@tessera/shared/bus/contract'
import type { accessContract } from '@tessera/shared/contracts/access-control'
import { Later } from '../index-documents/later.ts'
import { compileRules, type Rules } from './rules.ts'

export type KnownRules = ReturnType<typeof createKnownRules>

const timeoutMs = 2000

/**
 * The redaction rules by workspace. They are asked for once, and again when somebody hears of a newer version; whatever was made under an older one is gone
 * through again anyway. Throws `Later` when they cannot be had.
 */
export function createKnownRules({
  bus,
  access,
}: {
  bus: Bus
  access: Pick<Client<typeof accessContract>, 'redactionRules'>
}) {
  const known = new Map<string, Promise<Rules>>()
  const newest = new Map<string, number>()
  const read = async (workspaceId: string): Promise<Rules> => {
    const caller = { workspaceId, subject: 'system:retrieval', actors: [], scopes: [] }
    const answer = await access.redactionRules({}, bus.callFor(caller, { timeoutMs }))
    if (!answer.ok) throw new Later(`${answer.fault.code}: ${answer.fault.detail}`)
    return compileRules(answer.value.rules, answer.value.ruleVersion)
  }
  const ask = (workspaceId: string): Promise<Rules> => {
    const asked = read(workspaceId)
    known.set(workspaceId, asked)
    // What failed is asked for anew.
    asked.catch(() => known.get(workspaceId) === asked && known.delete(workspaceId))
    return asked
  }
  return {
    /** There are rules of this version. */
    heard(workspaceId: string, version: number): void {
      newest.set(workspaceId, Math.max(version, newest.get(workspaceId) ?? 0))
    },
    /** Those of the newest version that was heard of here, or newer ones. */
    async of(workspaceId: string): Promise<Rules> {
      const rules = await (known.get(workspaceId) ?? ask(workspaceId))
      return rules.version >= (newest.get(workspaceId) ?? 0) ? rules : ask(workspaceId)
    },
  }
}

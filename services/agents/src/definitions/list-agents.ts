import type { Call } from '@tessera/shared/bus/call'
import type { Agent } from '@tessera/shared/contracts/agents'
import { ok, type Result } from '@tessera/shared/fault/result'
import type { Static } from 'typebox'
import type { ReadFault } from '../edge/faults.ts'
import { requireActive } from '../edge/require-active.ts'
import { agentOf, type AgentRow } from './agents.store.ts'
import { allowedAgents, type DefinitionDeps } from './verbs.ts'

type Output = { items: Static<typeof Agent>[]; nextCursor?: string; revision: number }

/** As many as one question to access-control may name. */
const batch = 500

/** The agents that the caller may run or read, oldest first. */
export function createListAgents({ db, access }: DefinitionDeps) {
  return async function listAgents(
    { cursor = '', limit = 50 }: { cursor?: string; limit?: number },
    call: Call,
  ): Promise<Result<Output, ReadFault>> {
    const active = await requireActive(access, call)
    if (!active.ok) return active
    let { revision } = active.value
    const found: AgentRow[] = []
    for (let after = cursor; ;) {
      const rows = await fetchAfter(db, call.caller.workspaceId, after)
      const ids = rows.map(({ id }) => id)
      if (ids.length > 0) {
        const [run, read] = await Promise.all([
          allowedAgents(access, 'run', ids, call),
          allowedAgents(access, 'read', ids, call),
        ])
        if (!run.ok) return run
        if (!read.ok) return read
        revision = Math.max(revision, run.value.revision, read.value.revision)
        found.push(...rows.filter(({ id }) => run.value.ids.has(id) || read.value.ids.has(id)))
      }
      if (found.length > limit || rows.length < batch) break
      after = ids.at(-1) ?? after
    }
    const items = found.slice(0, limit)
    const nextCursor = found.length > limit ? items.at(-1)?.id : undefined
    return ok({ items: items.map(agentOf), revision, ...(nextCursor === undefined ? {} : { nextCursor }) })
  }
}

const fetchAfter = (db: DefinitionDeps['db'], workspaceId: string, after: string) =>
  db
    .selectFrom('agents')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('known', '=', true)
    .where('id', '>', after)
    .orderBy('id')
    .limit(batch)
    .execute()

import type { Call } from '@tessera/shared/bus/call'
import type { AgentVersion } from '@tessera/shared/contracts/agents'
import { inTransaction } from '@tessera/shared/database/database'
import { ok, type Result } from '@tessera/shared/fault/result'
import type { Static } from 'typebox'
import { type Definition, versionOf, versionRow } from './agents.store.ts'
import { type DefinitionDeps, type FindFault, findAgentFor } from './verbs.ts'

type Input = { agentId: string; definition: Definition }

/** Adds a version. Nothing that runs changes until it is published. */
export function createCreateAgentVersion(deps: DefinitionDeps) {
  return async function createAgentVersion(
    { agentId, definition }: Input,
    call: Call,
  ): Promise<Result<{ version: Static<typeof AgentVersion> }, FindFault>> {
    const found = await findAgentFor(deps, 'edit', agentId, call)
    if (!found.ok) return found
    const version = await inTransaction(deps.db, async (trx) => {
      // One after the other: numbers have no gaps.
      await trx.selectFrom('agents').select('id').where('id', '=', agentId).forUpdate().execute()
      const { last } = await trx
        .selectFrom('agent_versions')
        .select((row) => row.fn.max('number').as('last'))
        .where('agent_id', '=', agentId)
        .executeTakeFirstOrThrow()
      return trx
        .insertInto('agent_versions')
        .values(versionRow(agentId, last + 1, definition, call.caller))
        .returningAll()
        .executeTakeFirstOrThrow()
    })
    return ok({ version: versionOf(version) })
  }
}

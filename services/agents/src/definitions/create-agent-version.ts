import type { Call } from '@tessera/shared/bus/call'
import type { AgentVersion } from '@tessera/shared/contracts/agents'
import { anotherRequest, answerOnce } from '@tessera/shared/database/answer-once'
import { inTransaction } from '@tessera/shared/database/database'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import type { Static } from 'typebox'
import { fault } from '../edge/faults.ts'
import { type Definition, versionOf, versionRow } from './agents.store.ts'
import { type DefinitionDeps, type FindFault, findAgentFor } from './verbs.ts'

type Input = { agentId: string; definition: Definition; idempotencyKey?: string }
type Output = { version: Static<typeof AgentVersion> }

/** Adds a version. Nothing that runs changes until it is published. */
export function createCreateAgentVersion(deps: DefinitionDeps) {
  return async function createAgentVersion(
    { agentId, definition, idempotencyKey: key }: Input,
    call: Call,
  ): Promise<Result<Output, FindFault | Fault<'agents.conflict'>>> {
    const found = await findAgentFor(deps, 'edit', agentId, call)
    if (!found.ok) return found
    const keyed = { caller: call.caller, operation: 'createAgentVersion', key, input: { agentId, definition } }
    const made = await inTransaction(deps.db, (trx) =>
      answerOnce(trx, keyed, async (): Promise<Output> => {
        // One after the other: numbers have no gaps.
        await trx.selectFrom('agents').select('id').where('id', '=', agentId).forUpdate().execute()
        const { last } = await trx
          .selectFrom('agent_versions')
          .select((row) => row.fn.max('number').as('last'))
          .where('agent_id', '=', agentId)
          .executeTakeFirstOrThrow()
        const row = await trx
          .insertInto('agent_versions')
          .values(versionRow(agentId, last + 1, definition, call.caller))
          .returningAll()
          .executeTakeFirstOrThrow()
        return { version: versionOf(row) }
      }),
    )
    return made ? ok(made) : fail(fault('conflict', anotherRequest))
  }
}

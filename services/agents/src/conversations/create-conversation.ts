import type { Call } from '@tessera/shared/bus/call'
import type { InputOf } from '@tessera/shared/bus/contract'
import type { agentsContract } from '@tessera/shared/contracts/agents'
import type { Conversation } from '@tessera/shared/contracts/agents/conversations'
import type { Fault } from '@tessera/shared/fault/fault'
import { anotherRequest, answerOnce } from '@tessera/shared/database/answer-once'
import { inTransaction } from '@tessera/shared/database/database'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import type { Static } from 'typebox'
import { fault } from '../edge/faults.ts'
import { findRunnable } from '../definitions/find-runnable.ts'
import type { DefinitionDeps, FindFault } from '../definitions/verbs.ts'
import { conversationOf } from './conversations.store.ts'

type Input = InputOf<(typeof agentsContract)['operations']['createConversation']>

/** Opens a conversation with an agent that the caller may run. It is theirs alone until they invite somebody. */
export function createCreateConversation(deps: DefinitionDeps) {
  return async function createConversation(
    { agent, title, idempotencyKey: key }: Input,
    call: Call,
  ): Promise<Result<Static<typeof Conversation>, FindFault | Fault<'agents.not-published' | 'agents.conflict'>>> {
    const runnable = await findRunnable(deps, { agent }, call)
    if (!runnable.ok) return runnable
    const { caller } = call
    const keyed = { caller, operation: 'createConversation', key, input: { agent, title } }
    const made = await inTransaction(deps.db, (trx) =>
      answerOnce(trx, keyed, async () => {
        const row = await trx
          .insertInto('conversations')
          .values({
            id: newId('cnv'),
            workspace_id: caller.workspaceId,
            author: caller.subject,
            agent_id: runnable.value.agentId,
            title: title ?? null,
          })
          .returningAll()
          .executeTakeFirstOrThrow()
        return conversationOf(row, 'owner')
      }),
    )
    return made ? ok(made) : fail(fault('conflict', anotherRequest))
  }
}

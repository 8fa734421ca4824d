import type { Call } from '@tessera/shared/bus/call'
import type { Conversation } from '@tessera/shared/contracts/agents/conversations'
import type { Fault } from '@tessera/shared/fault/fault'
import { ok, type Result } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import type { Static } from 'typebox'
import { findRunnable } from '../definitions/find-runnable.ts'
import type { DefinitionDeps, FindFault } from '../definitions/verbs.ts'
import { conversationOf } from './conversations.store.ts'

/** Opens a conversation with an agent that the caller may run. It is theirs alone until they invite somebody. */
export function createCreateConversation(deps: DefinitionDeps) {
  return async function createConversation(
    { agent, title }: { agent: string; title?: string },
    call: Call,
  ): Promise<Result<Static<typeof Conversation>, FindFault | Fault<'agents.not-published'>>> {
    const runnable = await findRunnable(deps, { agent }, call)
    if (!runnable.ok) return runnable
    const { workspaceId, subject } = call.caller
    const row = await deps.db
      .insertInto('conversations')
      .values({
        id: newId('cnv'),
        workspace_id: workspaceId,
        author: subject,
        agent_id: runnable.value.agentId,
        title: title ?? null,
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    return ok(conversationOf(row, 'owner'))
  }
}

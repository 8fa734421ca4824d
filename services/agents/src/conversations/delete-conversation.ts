import type { Call } from '@tessera/shared/bus/call'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import type { DefinitionDeps } from '../definitions/verbs.ts'
import { notFound, type ReadFault } from '../edge/faults.ts'
import { requireActive } from '../edge/require-active.ts'

/** Deletes a conversation with messages, read sets, runs and events. What still runs finds its run gone and writes nothing more. */
export function createDeleteConversation({ db, access }: DefinitionDeps) {
  return async function deleteConversation(
    { conversationId }: { conversationId: string },
    call: Call,
  ): Promise<Result<Record<string, never>, ReadFault | Fault<'agents.not-found'>>> {
    const active = await requireActive(access, call)
    if (!active.ok) return active
    const deleted = await db
      .deleteFrom('conversations')
      .where('id', '=', conversationId)
      .where('workspace_id', '=', call.caller.workspaceId)
      .where('author', '=', call.caller.subject)
      .executeTakeFirst()
    return deleted.numDeletedRows === 1n ? ok({}) : fail(notFound('conversation'))
  }
}

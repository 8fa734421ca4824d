import type { Call } from '@tessera/shared/bus/call'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import type { DefinitionDeps } from '../definitions/verbs.ts'
import { notFound } from '../edge/faults.ts'
import { findOwned, type OwnerFault } from './owner.ts'

/** Deletes a conversation with messages, read sets, runs and events. What still runs finds its run gone and writes nothing more. */
export function createDeleteConversation(deps: DefinitionDeps) {
  return async function deleteConversation(
    { conversationId }: { conversationId: string },
    call: Call,
  ): Promise<Result<Record<string, never>, OwnerFault>> {
    const owned = await findOwned(deps, conversationId, call)
    if (!owned.ok) return owned
    const deleted = await deps.db.deleteFrom('conversations').where('id', '=', conversationId).executeTakeFirst()
    return deleted.numDeletedRows === 1n ? ok({}) : fail(notFound('conversation'))
  }
}

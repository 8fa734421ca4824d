import type { Call } from '@tessera/shared/bus/call'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import type { DefinitionDeps } from '../definitions/verbs.ts'
import { forbidden, notFound, type ReadFault } from '../edge/faults.ts'
import { requireActive } from '../edge/require-active.ts'
import { type ConversationRow, findConversation } from './conversations.store.ts'

export type OwnerFault = ReadFault | Fault<'agents.not-found'>

/** A conversation of the caller's own. Who only takes part in it is refused; for everybody else there is none. */
export async function findOwned(
  { db, access }: DefinitionDeps,
  conversationId: string,
  call: Call,
): Promise<Result<ConversationRow, OwnerFault>> {
  const active = await requireActive(access, call)
  if (!active.ok) return active
  const conversation = await findConversation(db, call.caller, conversationId)
  if (!conversation) return fail(notFound('conversation'))
  if (conversation.author !== call.caller.subject) return fail(forbidden('Only its owner may do this.'))
  return ok(conversation)
}

import type { Call } from '@tessera/shared/bus/call'
import type { Conversation } from '@tessera/shared/contracts/agents/conversations'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { sql } from 'kysely'
import type { Static } from 'typebox'
import type { DefinitionDeps } from '../definitions/verbs.ts'
import { notFound } from '../edge/faults.ts'
import { requireActive } from '../edge/require-active.ts'
import { conversationOf, findConversation, participationIn } from './conversations.store.ts'
import type { OwnerFault } from './owner.ts'
import { findInvitation, lastPosition } from './participants.store.ts'

/** Joins behind the last message that stands; who takes part already stays where they came in. */
export function createAcceptInvitation({ db, access }: DefinitionDeps) {
  return async function acceptInvitation(
    { conversationId }: { conversationId: string },
    call: Call,
  ): Promise<Result<Static<typeof Conversation>, OwnerFault>> {
    const active = await requireActive(access, call)
    if (!active.ok) return active
    const joined = await findConversation(db, call.caller, conversationId)
    if (joined) return ok(conversationOf(joined, participationIn(joined, call.caller)))
    const conversation = await findInvitation(db, call.caller, conversationId)
    if (!conversation) return fail(notFound('conversation'))
    const accepted = await db
      .updateTable('participants')
      .set({ state: 'active', joined_at: sql<Date>`now()`, joined_position: lastPosition(conversationId) })
      .where('conversation_id', '=', conversationId)
      .where('name', '=', call.caller.subject)
      .where('state', '=', 'invited')
      .executeTakeFirst()
    // Taken back meanwhile.
    if (accepted.numUpdatedRows === 0n) return fail(notFound('conversation'))
    return ok(conversationOf(conversation, 'active'))
  }
}

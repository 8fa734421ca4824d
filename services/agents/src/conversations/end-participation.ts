import type { Call } from '@tessera/shared/bus/call'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import type { AgentsDatabase } from '../database.ts'
import type { DefinitionDeps } from '../definitions/verbs.ts'
import { invalid, notFound } from '../edge/faults.ts'
import { requireActive } from '../edge/require-active.ts'
import { findConversation } from './conversations.store.ts'
import { findOwned, type OwnerFault } from './owner.ts'
import { findInvitation } from './participants.store.ts'

type Left = Result<Record<string, never>, OwnerFault | Fault<'agents.invalid'>>

/** Leaves, or declines. From then on the conversation is not there for them, what they asked for themselves included. */
export function createLeaveConversation({ db, access }: DefinitionDeps) {
  return async function leaveConversation({ conversationId }: { conversationId: string }, call: Call): Promise<Left> {
    const active = await requireActive(access, call)
    if (!active.ok) return active
    const conversation =
      (await findConversation(db, call.caller, conversationId)) ??
      (await findInvitation(db, call.caller, conversationId))
    if (!conversation) return fail(notFound('conversation'))
    const { subject } = call.caller
    if (conversation.author === subject)
      return fail(invalid([{ field: '/conversationId', rule: 'must not be your own: delete it instead' }]))
    await endPart(db, conversationId, subject)
    return ok({})
  }
}

export function createRemoveParticipant(deps: DefinitionDeps) {
  return async function removeParticipant(
    { conversationId, name }: { conversationId: string; name: string },
    call: Call,
  ): Promise<Left> {
    const owned = await findOwned(deps, conversationId, call)
    if (!owned.ok) return owned
    if (name === owned.value.author) return fail(invalid([{ field: '/name', rule: 'must not be the owner' }]))
    return (await endPart(deps.db, conversationId, name)) ? ok({}) : fail(notFound('participant'))
  }
}

async function endPart(db: AgentsDatabase, conversationId: string, name: string): Promise<boolean> {
  const ended = await db
    .updateTable('participants')
    .set({ state: 'left' })
    .where('conversation_id', '=', conversationId)
    .where('name', '=', name)
    .executeTakeFirst()
  return ended.numUpdatedRows === 1n
}

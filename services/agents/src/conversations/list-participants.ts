import type { Call } from '@tessera/shared/bus/call'
import type { Participant } from '@tessera/shared/contracts/agents/conversations'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import type { DefinitionDeps } from '../definitions/verbs.ts'
import { notFound } from '../edge/faults.ts'
import { requireActive } from '../edge/require-active.ts'
import { findConversation } from './conversations.store.ts'
import type { OwnerFault } from './owner.ts'
import { fetchParticipants, participantOf } from './participants.store.ts'

/** Who takes part, for those who take part. */
export function createListParticipants({ db, access }: DefinitionDeps) {
  return async function listParticipants(
    { conversationId }: { conversationId: string },
    call: Call,
  ): Promise<Result<{ items: Participant[] }, OwnerFault>> {
    const active = await requireActive(access, call)
    if (!active.ok) return active
    const conversation = await findConversation(db, call.caller, conversationId)
    if (!conversation) return fail(notFound('conversation'))
    const { author, created_at } = conversation
    const owner: Participant = { name: author, participation: 'owner', joinedAt: created_at.toISOString() }
    const others = await fetchParticipants(db, conversationId)
    return ok({ items: [owner, ...others.map(participantOf)] })
  }
}

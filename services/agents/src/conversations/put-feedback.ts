import type { Call } from '@tessera/shared/bus/call'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { sql } from 'kysely'
import { fault, invalid, notFound, type ReadFault } from '../edge/faults.ts'
import { requireActive } from '../edge/require-active.ts'
import { type OpenDeps, openMessages } from '../read-sets/open-messages.ts'
import { findConversation, findMessage } from './conversations.store.ts'

type Input = { conversationId: string; messageId: string; rating: 'up' | 'down'; comment?: string }

/**
 * Keeps the reader's word on an answer that they can open now; a later one replaces it. It speaks of the answer, so it hangs on the message and is as
 * readable as what that was made from.
 */
export function createPutFeedback(deps: OpenDeps) {
  const { db, access } = deps
  return async function putFeedback(
    { conversationId, messageId, rating, comment }: Input,
    call: Call,
  ): Promise<
    Result<Record<string, never>, ReadFault | Fault<'agents.not-found' | 'agents.invalid' | 'agents.withheld'>>
  > {
    const active = await requireActive(access, call)
    if (!active.ok) return active
    const conversation = await findConversation(db, call.caller, conversationId)
    const message = conversation && (await findMessage(db, call.caller.subject, conversationId, messageId))
    if (!message) return fail(notFound('message'))
    if (message.role !== 'assistant') return fail(invalid([{ field: '/messageId', rule: 'must be an answer' }]))
    const opened = await openMessages(deps, [messageId], call)
    if (!opened.ok) return opened
    if (!opened.value.ids.has(messageId)) return fail(fault('withheld', 'You cannot open this answer now.'))
    const word = { rating, comment: comment ?? null, updated_at: sql<Date>`now()` }
    await db
      .insertInto('feedback')
      .values({ message_id: messageId, author: call.caller.subject, rating, comment: comment ?? null })
      .onConflict((conflict) => conflict.columns(['message_id', 'author']).doUpdateSet(word))
      .execute()
    return ok({})
  }
}

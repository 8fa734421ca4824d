import type { Call } from '@tessera/shared/bus/call'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { sql } from 'kysely'
import type { DefinitionDeps } from '../definitions/verbs.ts'
import { invalid, notFound, type ReadFault } from '../edge/faults.ts'
import { requireActive } from '../edge/require-active.ts'
import { findConversation, findMessage } from './conversations.store.ts'

type Input = { conversationId: string; messageId: string; rating: 'up' | 'down'; comment?: string }

/** Keeps the reader's word on an answer; a later one replaces it. It hangs on the message, and so on what that was made from. */
export function createPutFeedback({ db, access }: DefinitionDeps) {
  return async function putFeedback(
    { conversationId, messageId, rating, comment }: Input,
    call: Call,
  ): Promise<Result<Record<string, never>, ReadFault | Fault<'agents.not-found' | 'agents.invalid'>>> {
    const active = await requireActive(access, call)
    if (!active.ok) return active
    const conversation = await findConversation(db, call.caller, conversationId)
    const message = conversation && (await findMessage(db, conversationId, messageId))
    if (!message) return fail(notFound('message'))
    if (message.role !== 'assistant') return fail(invalid([{ field: '/messageId', rule: 'must be an answer' }]))
    const word = { rating, comment: comment ?? null, updated_at: sql<Date>`now()` }
    await db
      .insertInto('feedback')
      .values({ message_id: messageId, author: call.caller.subject, rating, comment: comment ?? null })
      .onConflict((conflict) => conflict.columns(['message_id', 'author']).doUpdateSet(word))
      .execute()
    return ok({})
  }
}

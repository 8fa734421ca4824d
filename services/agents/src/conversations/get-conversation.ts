import type { Call } from '@tessera/shared/bus/call'
import type { Message } from '@tessera/shared/contracts/agents'
import type { Conversation } from '@tessera/shared/contracts/agents/conversations'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import type { Static } from 'typebox'
import { notFound, type ReadFault } from '../edge/faults.ts'
import { type OpenDeps, openMessages } from '../read-sets/open-messages.ts'
import { conversationOf, findConversation, isFor, type MessageRow, participationIn } from './conversations.store.ts'

type Output = { conversation: Static<typeof Conversation>; messages: Message[]; revision: number }

/**
 * A conversation with its tree of messages. Each is decided now, for the person who reads, by what it was made from. What others asked for themselves is
 * not there, not even its place.
 */
export function createGetConversation(deps: OpenDeps) {
  const { db } = deps
  return async function getConversation(
    { conversationId, atLeast }: { conversationId: string; atLeast?: number },
    call: Call,
  ): Promise<Result<Output, ReadFault | Fault<'agents.not-found'>>> {
    const conversation = await findConversation(db, call.caller, conversationId)
    if (!conversation) return fail(notFound('conversation'))
    const rows = await db
      .selectFrom('messages')
      .selectAll()
      .where('conversation_id', '=', conversationId)
      .where((row) => isFor(row, call.caller.subject))
      .orderBy('position')
      .execute()
    const messageIds = rows.map(({ id }) => id)
    const opened = await openMessages(deps, messageIds, call, atLeast)
    if (!opened.ok) return opened
    const { ids, revision } = opened.value
    const messages = rows.map((row) => (ids.has(row.id) ? messageOf(row) : withheld(row)))
    return ok({
      conversation: conversationOf(conversation, participationIn(conversation, call.caller)),
      messages,
      revision,
    })
  }
}

const place = (row: MessageRow) => ({
  id: row.id,
  ...(row.parent_id === null ? {} : { parentId: row.parent_id }),
  role: row.role,
  author: row.author,
  createdAt: row.created_at.toISOString(),
})

const messageOf = (row: MessageRow): Message => ({
  ...place(row),
  audience: row.only_for === null ? 'everyone' : 'me',
  state: row.state,
  withheld: false,
  text: row.text,
  partial: row.partial,
  citations: row.citations,
  ...(row.model === null ? {} : { model: row.model }),
  ...(row.usage === null ? {} : { usage: row.usage }),
  ...(row.fault === null ? {} : { fault: row.fault }),
})

/** Place, author and time; not even how it ended. */
const withheld = (row: MessageRow): Message => ({
  ...place(row),
  state: row.state === 'running' ? 'running' : 'completed',
  withheld: true,
  text: '',
  partial: false,
  citations: [],
})

import type { Call } from '@tessera/shared/bus/call'
import type { Conversation, Message } from '@tessera/shared/contracts/agents'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import type { Static } from 'typebox'
import type { DefinitionDeps } from '../definitions/verbs.ts'
import { notFound, type ReadFault } from '../edge/faults.ts'
import { checkOpenable } from '../read-sets/check-openable.ts'
import { fetchReadSets } from '../read-sets/read-sets.store.ts'
import { conversationOf, findConversation, type MessageRow } from './conversations.store.ts'

type Output = { conversation: Static<typeof Conversation>; messages: Message[]; revision: number }

/** A conversation with its tree of messages. Each is decided now, for the person who reads, by what it was made from. */
export function createGetConversation({ db, access }: DefinitionDeps) {
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
      .orderBy('position')
      .execute()
    const readSets = await fetchReadSets(
      db,
      rows.map(({ id }) => id),
    )
    const sets = rows.map(({ id }) => ({ id, entries: readSets.get(id) ?? [] }))
    const checked = await checkOpenable(access, sets, call, atLeast)
    if (!checked.ok) return checked
    const { ids, revision } = checked.value
    const messages = rows.map((row) => (ids.has(row.id) ? messageOf(row) : withheld(row)))
    return ok({ conversation: conversationOf(conversation), messages, revision })
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

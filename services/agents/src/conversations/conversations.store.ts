import type { Caller } from '@tessera/shared/bus/call'
import type { Conversation, Participation } from '@tessera/shared/contracts/agents/conversations'
import { prepared } from '@tessera/shared/database/prepared'
import { type ExpressionBuilder, type Selectable, sql } from 'kysely'
import type { Static } from 'typebox'
import type { AgentsDatabase, AgentsTables } from '../database.ts'

export type ConversationRow = Selectable<AgentsTables['conversations']>
export type MessageRow = Selectable<AgentsTables['messages']>

/** Whether this name is the author of the conversation in the query, or takes part in it. */
export const takesPart = (row: ExpressionBuilder<AgentsTables, 'conversations'>, name: string) =>
  row.or([
    row('conversations.author', '=', name),
    row.exists(
      row
        .selectFrom('participants')
        .select(sql`1`.as('one'))
        .whereRef('participants.conversation_id', '=', 'conversations.id')
        .where('participants.name', '=', name)
        .where('participants.state', '=', 'active'),
    ),
  ])

/** A conversation in which this caller takes part. All others don't exist for them. */
export const findConversation = (db: AgentsDatabase, { workspaceId, subject }: Caller, id: string) =>
  db
    .selectFrom('conversations')
    .selectAll()
    .where('id', '=', id)
    .where('workspace_id', '=', workspaceId)
    .where((row) => takesPart(row, subject))
    .executeTakeFirst()

/** What this person may know of: what was asked for everyone, and what they asked for themselves. */
export const isFor = (row: ExpressionBuilder<AgentsTables, 'messages'>, name: string) =>
  row.or([row('messages.only_for', 'is', null), row('messages.only_for', '=', name)])

/** A message of a conversation, if this reader may know of it. */
export const findMessage = (db: AgentsDatabase, reader: string, conversationId: string, id: string) =>
  db
    .selectFrom('messages')
    .selectAll()
    .where('id', '=', id)
    .where('conversation_id', '=', conversationId)
    .where((row) => isFor(row, reader))
    .executeTakeFirst()

/** The last message of a conversation that is for everyone, or (with a name) of those that this person may know of. */
export const findLastMessage = (db: AgentsDatabase, conversationId: string, onlyFor: string | undefined) =>
  db
    .selectFrom('messages')
    .select(['id', 'role', 'state', 'only_for'])
    .where('conversation_id', '=', conversationId)
    .where((row) => (onlyFor === undefined ? row('only_for', 'is', null) : isFor(row, onlyFor)))
    .orderBy('position', 'desc')
    .limit(1)
    .modifyEnd(prepared)
    .executeTakeFirst()

/** The run of an answer that this caller may know of, in a conversation in which they take part. */
export const findRunOf = (
  db: AgentsDatabase,
  { workspaceId, subject }: Caller,
  conversationId: string,
  messageId: string,
) =>
  db
    .selectFrom('runs')
    .innerJoin('conversations', 'conversations.id', 'runs.conversation_id')
    .select(['runs.id', 'runs.agent_id as agentId', 'runs.message_id as messageId', 'runs.state'])
    .select(['runs.subject', 'conversations.author as owner'])
    .where('runs.message_id', '=', messageId)
    .where('runs.conversation_id', '=', conversationId)
    .where('conversations.workspace_id', '=', workspaceId)
    .where((row) => row.or([row('runs.only_for', 'is', null), row('runs.only_for', '=', subject)]))
    .where((row) => takesPart(row, subject))
    .executeTakeFirst()

export const conversationOf = (row: ConversationRow, participation: Participation): Static<typeof Conversation> => ({
  id: row.id,
  title: row.title ?? 'New conversation',
  agentId: row.agent_id,
  owner: row.author,
  participation,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
})

/** Of who takes part: the author is the owner. */
export const participationIn = ({ author }: ConversationRow, { subject }: Caller): Participation =>
  author === subject ? 'owner' : 'active'

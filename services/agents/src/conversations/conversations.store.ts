import type { Caller } from '@tessera/shared/bus/call'
import type { Conversation } from '@tessera/shared/contracts/agents'
import { prepared } from '@tessera/shared/database/prepared'
import type { Selectable } from 'kysely'
import type { Static } from 'typebox'
import type { AgentsDatabase, AgentsTables } from '../database.ts'

export type ConversationRow = Selectable<AgentsTables['conversations']>
export type MessageRow = Selectable<AgentsTables['messages']>

/** A conversation of this caller. Those of others, and of other workspaces, don't exist for them. */
export const findConversation = (db: AgentsDatabase, { workspaceId, subject }: Caller, id: string) =>
  db
    .selectFrom('conversations')
    .selectAll()
    .where('id', '=', id)
    .where('workspace_id', '=', workspaceId)
    .where('author', '=', subject)
    .executeTakeFirst()

export const findMessage = (db: AgentsDatabase, conversationId: string, id: string) =>
  db
    .selectFrom('messages')
    .selectAll()
    .where('id', '=', id)
    .where('conversation_id', '=', conversationId)
    .executeTakeFirst()

export const findLastMessage = (db: AgentsDatabase, conversationId: string) =>
  db
    .selectFrom('messages')
    .select(['id', 'role', 'state'])
    .where('conversation_id', '=', conversationId)
    .orderBy('position', 'desc')
    .limit(1)
    .modifyEnd(prepared)
    .executeTakeFirst()

/** The run of an answer in a conversation of this caller. */
export const findRunOf = (db: AgentsDatabase, caller: Caller, conversationId: string, messageId: string) =>
  db
    .selectFrom('runs')
    .innerJoin('conversations', 'conversations.id', 'runs.conversation_id')
    .select(['runs.id', 'runs.agent_id as agentId', 'runs.message_id as messageId', 'runs.state'])
    .where('runs.message_id', '=', messageId)
    .where('runs.conversation_id', '=', conversationId)
    .where('conversations.workspace_id', '=', caller.workspaceId)
    .where('conversations.author', '=', caller.subject)
    .executeTakeFirst()

export const conversationOf = (row: ConversationRow): Static<typeof Conversation> => ({
  id: row.id,
  title: row.title ?? 'New conversation',
  agentId: row.agent_id,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
})

import type { Caller } from '@tessera/shared/bus/call'
import type { Participant } from '@tessera/shared/contracts/agents/conversations'
import { prepared } from '@tessera/shared/database/prepared'
import { type Selectable, sql } from 'kysely'
import type { AgentsDatabase, AgentsTables } from '../database.ts'

export type ParticipantRow = Selectable<AgentsTables['participants']>

export const participantOf = (row: ParticipantRow): Participant => ({
  name: row.name,
  participation: row.state === 'active' ? 'active' : 'invited',
  ...(row.joined_at === null || row.state !== 'active' ? {} : { joinedAt: row.joined_at.toISOString() }),
})

/** Who takes part beside the author and who is invited, in the order of their invitations. */
export const fetchParticipants = (db: AgentsDatabase, conversationId: string) =>
  db
    .selectFrom('participants')
    .selectAll()
    .where('conversation_id', '=', conversationId)
    .where('state', '<>', 'left')
    .orderBy('created_at')
    .orderBy('name')
    .execute()

/** Everybody but this person who takes part now: the audience of what they ask for everyone. */
export async function fetchAudience(db: AgentsDatabase, conversationId: string, asker: string): Promise<string[]> {
  const members = await db
    .selectFrom('conversations')
    .select('author as name')
    .where('id', '=', conversationId)
    .unionAll(
      db
        .selectFrom('participants')
        .select('name')
        .where('conversation_id', '=', conversationId)
        .where('state', '=', 'active'),
    )
    .modifyEnd(prepared)
    .execute()
  return members.map(({ name }) => name).filter((name) => name !== asker)
}

/** Of those who took part when a run began, who still does: who has left hears nothing more of it. */
export async function currentAudience(
  db: AgentsDatabase,
  run: { readonly conversationId: string; readonly audience: readonly string[]; readonly caller: Caller },
): Promise<string[]> {
  if (run.audience.length === 0) return []
  const now = new Set(await fetchAudience(db, run.conversationId, run.caller.subject))
  return run.audience.filter((name) => now.has(name))
}

/** Where somebody who joins now comes in: behind the last message that stands. */
export const lastPosition = (conversationId: string) =>
  sql<number>`(select coalesce(max(position), 0) from messages where conversation_id = ${conversationId})`

/** A conversation into which this caller is invited. */
export const findInvitation = (db: AgentsDatabase, { workspaceId, subject }: Caller, conversationId: string) =>
  db
    .selectFrom('participants')
    .innerJoin('conversations', 'conversations.id', 'participants.conversation_id')
    .selectAll('conversations')
    .where('conversations.id', '=', conversationId)
    .where('workspace_id', '=', workspaceId)
    .where('name', '=', subject)
    .where('state', '=', 'invited')
    .executeTakeFirst()

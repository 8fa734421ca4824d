import type { Agent, AgentDefinition, AgentGrants, AgentVersion } from '@tessera/shared/contracts/agents'
import type { Caller } from '@tessera/shared/bus/call'
import { prepared } from '@tessera/shared/database/prepared'
import { newId } from '@tessera/shared/ids/ids'
import type { Insertable, Selectable } from 'kysely'
import type { Static } from 'typebox'
import { takesPart } from '../conversations/conversations.store.ts'
import type { AgentsDatabase, AgentsTables } from '../database.ts'

export type AgentRow = Selectable<AgentsTables['agents']>
export type VersionRow = Selectable<AgentsTables['agent_versions']>
export type Definition = Static<typeof AgentDefinition>
export type Grants = Static<typeof AgentGrants>

/** By id or by handle. Nobody has been asked yet whether the caller may know of it. */
export const uncheckedFindAgent = (db: AgentsDatabase, workspaceId: string, idOrHandle: string) =>
  db
    .selectFrom('agents')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('known', '=', true)
    .where((row) => row.or([row('id', '=', idOrHandle), row('handle', '=', idOrHandle)]))
    .executeTakeFirst()

/** By id or by handle, or the one of a conversation that this caller takes part in, each with its published version. Nobody has been asked yet, either. */
export const uncheckedFindRunnable = (db: AgentsDatabase, { workspaceId, subject }: Caller, wanted: Wanted) => {
  const runnable = db
    .selectFrom('agents')
    .leftJoin('agent_versions as v', (join) =>
      join.onRef('v.agent_id', '=', 'agents.id').onRef('v.number', '=', 'agents.published_version'),
    )
    .select(['agents.id as agentId', 'agents.active', 'v.id as versionId', 'v.instructions', 'v.model', 'v.passages'])
    .select(['v.purposes', 'v.fallbacks'])
    .where('agents.workspace_id', '=', workspaceId)
    .where('known', '=', true)
    .modifyEnd(prepared)
  return 'agent' in wanted
    ? runnable
        .where((row) => row.or([row('agents.id', '=', wanted.agent), row('handle', '=', wanted.agent)]))
        .executeTakeFirst()
    : runnable
        .innerJoin('conversations', 'conversations.agent_id', 'agents.id')
        .where('conversations.id', '=', wanted.conversationId)
        .where('conversations.workspace_id', '=', workspaceId)
        .where((row) => takesPart(row, subject))
        .executeTakeFirst()
}

export type Wanted = { readonly agent: string } | { readonly conversationId: string }

export const findVersion = (db: AgentsDatabase, agentId: string, number: number) =>
  db
    .selectFrom('agent_versions')
    .selectAll()
    .where('agent_id', '=', agentId)
    .where('number', '=', number)
    .executeTakeFirst()

export const versionRow = (
  agentId: string,
  number: number,
  definition: Definition,
  { subject }: Caller,
): Insertable<AgentsTables['agent_versions']> & { id: string } => ({
  id: newId('agv'),
  agent_id: agentId,
  number,
  instructions: definition.instructions,
  model: definition.model ?? null,
  fallbacks: JSON.stringify(definition.fallbacks ?? []),
  scope: JSON.stringify(definition.scope),
  except_document_ids: JSON.stringify(definition.exceptDocumentIds ?? []),
  passages: definition.passages ?? null,
  purposes: JSON.stringify(definition.purposes ?? []),
  created_by: subject,
})

export const agentOf = (row: AgentRow): Static<typeof Agent> => ({
  id: row.id,
  handle: row.handle,
  title: row.title,
  active: row.active,
  ...(row.published_version === null ? {} : { publishedVersion: row.published_version }),
  ...(row.service_account === null ? {} : { serviceAccount: row.service_account }),
  createdAt: row.created_at.toISOString(),
})

export const versionOf = (row: VersionRow): Static<typeof AgentVersion> => ({
  id: row.id,
  number: row.number,
  createdAt: row.created_at.toISOString(),
  createdBy: row.created_by,
  instructions: row.instructions,
  ...(row.model === null ? {} : { model: row.model }),
  ...(row.fallbacks.length === 0 ? {} : { fallbacks: row.fallbacks }),
  scope: row.scope,
  ...(row.except_document_ids.length === 0 ? {} : { exceptDocumentIds: row.except_document_ids }),
  ...(row.passages === null ? {} : { passages: row.passages }),
  ...(row.purposes.length === 0 ? {} : { purposes: row.purposes }),
})

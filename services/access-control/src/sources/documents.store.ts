import { prepared } from '@tessera/shared/database/prepared'
import { type Kysely, type Selectable, sql } from 'kysely'
import type { Change } from '../changes/writer.ts'
import type { AccessTables, FactState } from '../database.ts'
import { signatureRow } from '../index/signatures.store.ts'

type DocumentRow = Selectable<AccessTables['documents']>
type LayerRow = Selectable<AccessTables['document_facts']>

export const findDocuments = (
  db: Kysely<AccessTables>,
  workspaceId: string,
  documentIds: readonly string[],
): Promise<DocumentRow[]> =>
  db
    .selectFrom('documents')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('document_id', 'in', [...documentIds])
    .execute()

/** Every layer of these documents, as it stands. */
export const findLayers = (
  db: Kysely<AccessTables>,
  workspaceId: string,
  documentIds: readonly string[],
): Promise<LayerRow[]> =>
  db
    .selectFrom('document_facts')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('document_id', 'in', [...documentIds])
    .where('to_rev', 'is', null)
    .execute()

/** A data source with those of these documents that are known, wherever they belong, and all their layers. */
export type Standing = {
  space: string
  documents: Pick<DocumentRow, 'document_id' | 'data_source_id' | 'deleted_rev'>[]
  layers: Omit<LayerRow, 'workspace_id' | 'from_rev' | 'to_rev'>[]
}

/** Undefined where there is no such data source. */
export async function findStanding(
  db: Kysely<AccessTables>,
  { workspaceId, dataSourceId }: { workspaceId: string; dataSourceId: string },
  documentIds: readonly string[],
): Promise<Standing | undefined> {
  const { rows } = await sql<Standing>`${prepared}
    select s.space,
      (select coalesce(json_agg(json_build_object('document_id', d.document_id, 'data_source_id', d.data_source_id,
          'deleted_rev', d.deleted_rev)), '[]')
        from documents d where d.workspace_id = s.workspace_id and d.document_id = any(${[...documentIds]}::text[])) as documents,
      (select coalesce(json_agg(json_build_object('document_id', f.document_id, 'layer', f.layer, 'allow', f.allow, 'deny', f.deny,
          'gates', f.gates, 'deny_agents', f.deny_agents, 'state', f.state, 'reason', f.reason,
          'content_version', f.content_version)), '[]')
        from document_facts f
        where f.workspace_id = s.workspace_id and f.document_id = any(${[...documentIds]}::text[]) and f.to_rev is null) as layers
    from data_sources s
    where s.workspace_id = ${workspaceId} and s.data_source_id = ${dataSourceId} and s.to_rev is null`.execute(db)
  return rows[0]
}

export type SourceFacts = {
  documentId: string
  contentVersion: string
  allow: string[]
  deny: string[]
  gates: string[]
  denyAgents: string[]
  state: FactState
  reason: string | null
  /** Gates of the other layers, which are part of the signature. */
  otherGates: string[]
}

/** Ends the source layer of these documents and writes another; what the other layers say stays. */
export async function replaceSourceLayer(
  { trx, workspaceId, revision }: Change,
  place: { dataSourceId: string; space: string },
  documents: readonly SourceFacts[],
): Promise<void> {
  const signed = documents.map(({ gates, otherGates }) => signatureRow({ ...place, gates: [...gates, ...otherGates] }))
  const facts = documents.map((facts, index) => ({
    document_id: facts.documentId,
    allow: facts.allow,
    deny: facts.deny,
    gates: facts.gates,
    deny_agents: facts.denyAgents,
    state: facts.state,
    reason: facts.reason,
    content_version: facts.contentVersion,
    signature: signed[index]?.signature,
  }))
  // The new rows need the old ones ended, or there would be two current ones: `count` makes their insertion wait for all of that.
  await sql`${prepared}
    with facts as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(facts)}::jsonb) as f(document_id text, allow text[], deny text[], gates text[],
        deny_agents text[], state text, reason text, content_version text, signature text)
    ), ended as (
      update document_facts d set to_rev = ${revision} from facts f
      where d.workspace_id = ${workspaceId} and d.document_id = f.document_id and d.layer = 'source' and d.to_rev is null
      returning d.document_id
    ), written as (
      insert into document_facts
        (workspace_id, document_id, layer, allow, deny, gates, deny_agents, state, reason, content_version, from_rev)
      select ${workspaceId}::text, document_id, 'source', allow, deny, gates, deny_agents, state, reason, content_version, ${revision}::bigint
      from facts where (select count(*) from ended) >= 0
    ), signed as (
      insert into signatures (workspace_id, signature, data_source_id, space, gates)
      select distinct ${workspaceId}::text, s.* from jsonb_to_recordset(${JSON.stringify(signed)}::jsonb)
        as s(signature text, data_source_id text, space text, gates text[])
      on conflict do nothing
    )
    insert into documents (workspace_id, document_id, data_source_id, index_rev, signature)
    select ${workspaceId}::text, document_id, ${place.dataSourceId}::text, ${revision}::bigint, signature from facts
    on conflict (workspace_id, document_id) do update set index_rev = excluded.index_rev, signature = excluded.signature`.execute(
    trx,
  )
}

import { type Kysely, sql } from 'kysely'
import type { Caller } from '@tessera/shared/bus/call'
import { prepared } from '@tessera/shared/database/prepared'
import type { AccessTables, FactState, PrincipalState } from '../database.ts'
import {
  type Agent,
  type AgentFacts,
  type DocumentFacts,
  type FormerFacts,
  inForce,
  type LayerFacts,
  type Reader,
} from '../decide/facts.ts'
import { coveringNames, isStale } from './covering.ts'

export type DocumentVersion = { documentId: string; contentVersion: string }

/** Everything that a decision about these documents looks at, as it stands in one snapshot. */
export type Facts = {
  revision: number
  reader: Reader
  documents: ReadonlyMap<string, DocumentFacts>
  /** By `formerKey`: what stood when a version that is no longer current last was. */
  former: ReadonlyMap<string, FormerFacts>
}

export const formerKey = ({ documentId, contentVersion }: DocumentVersion) => `${documentId} ${contentVersion}`

type Row = {
  revision: number | null
  state: PrincipalState | null
  agents: ({ name: string } & AgentFacts)[] | null
  documents: (LayerFacts & { documentId: string; dataSourceId: string; space: string; stale: boolean })[] | null
  former: (LayerFacts & DocumentVersion & { space: string; then: FactState })[] | null
  names: string[]
}

/**
 * Reads them in one statement, hence at one revision. Long lists come without the entries that don't cover the reader: those decide nothing, and there may be
 * thousands. Deleted documents don't come at all. Undefined where the workspace does not exist.
 */
export async function loadFacts(
  db: Kysely<AccessTables>,
  caller: Caller,
  documentIds: readonly string[],
  versions: readonly DocumentVersion[] = [],
): Promise<Facts | undefined> {
  const { workspaceId, subject, actors } = caller
  const former = versions.length > 0
  const { rows } = await sql<Row>`${prepared}
    with recursive ${coveringNames(workspaceId, subject)},
    now_facts as (${nowFacts(workspaceId, documentIds)})
    ${former ? sql`, former_facts as (${formerFacts(workspaceId, versions)})` : sql``}
    select
      (select revision from workspaces where id = ${workspaceId}) as revision,
      (select state from reader) as state,
      (${agentFacts(workspaceId, actors)}) as agents,
      (select json_agg(json_build_object('documentId', f.document_id, 'dataSourceId', f.data_source_id, 'space', f.space,
        'stale', f.stale, 'contentVersion', f.content_version, ${layerFields})) from now_facts f) as documents,
      ${former ? sql`(${formerRows})` : sql`null`} as former,
      array(select name from covering where name in (${mentioned('now_facts')}
        ${former ? sql`union all ${mentioned('former_facts')}` : sql``})) as names`.execute(db)
  const row = rows[0]
  if (!row || row.revision === null) return undefined
  return {
    revision: row.revision,
    reader: { state: row.state ?? 'unknown', names: new Set(row.names), agents: chainOf(actors, row.agents ?? []) },
    documents: documentsOf(row.documents ?? []),
    former: formerOf(row.former ?? []),
  }
}

/** The current facts of these actors, as one JSON list. */
export const agentFacts = (workspaceId: string, actors: readonly string[]) => sql`
  select json_agg(json_build_object('name', a.name, 'active', a.active, 'scope', a.scope, 'exceptDocumentIds', a.except_document_ids))
  from agents a where a.workspace_id = ${workspaceId} and a.name = any(${[...actors]}::text[]) and a.to_rev is null`

/** The chain of actors, each with its facts. One that is no agent has none, and covers nothing. */
export function chainOf(names: readonly string[], found: readonly ({ name: string } & AgentFacts)[]): Agent[] {
  return names.map((name) => ({ name, facts: found.find((facts) => facts.name === name) }))
}

/** A list; a long one cut down to the entries that cover the reader. */
const entries = (list: 'allow' | 'deny') => {
  const column = sql.ref(`f.${list}`)
  return sql`case when cardinality(${column}) <= 50 then ${column}
    else array(select entry from unnest(${column}) entry where entry in (select name from covering)) end`
}

/** Every name that these facts look at. */
const mentioned = (facts: 'now_facts' | 'former_facts') => {
  const from = sql.ref(facts)
  return sql`select unnest(allow || deny || gates || space) from ${from}`
}

const layerFields = sql`'layer', f.layer, 'allow', f.allow, 'deny', f.deny, 'gates', f.gates, 'denyAgents', f.deny_agents,
  'state', f.state`

const formerRows = sql`select json_agg(json_build_object('documentId', f.document_id, 'space', f.space, 'then', f.then_state,
  'contentVersion', f.of_version, ${layerFields})) from former_facts f`

const nowFacts = (workspaceId: string, documentIds: readonly string[]) => sql`
  select d.document_id, d.data_source_id, s.space, ${isStale} as stale, f.layer, ${entries('allow')} as allow, ${entries('deny')} as deny,
    f.gates, f.deny_agents, f.state, f.content_version
  from documents d
  join data_sources s on s.workspace_id = d.workspace_id and s.data_source_id = d.data_source_id and s.to_rev is null
  join document_facts f on f.workspace_id = d.workspace_id and f.document_id = d.document_id and f.to_rev is null
  left join data_source_confirmations c on c.workspace_id = s.workspace_id and c.data_source_id = s.data_source_id
  where d.workspace_id = ${workspaceId} and d.document_id = any(${[...documentIds]}::text[]) and d.deleted_rev is null`

/** Every layer, and the space, as of the last revision at which the version was the current one. */
const formerFacts = (workspaceId: string, versions: readonly DocumentVersion[]) => sql`
  select d.document_id, v.content_version as of_version, last.state as then_state, s.space, f.layer,
    ${entries('allow')} as allow, ${entries('deny')} as deny, f.gates, f.deny_agents, f.state
  from unnest(${versions.map(({ documentId }) => documentId)}::text[], ${versions.map(({ contentVersion }) => contentVersion)}::text[])
    v(document_id, content_version)
  join documents d on d.workspace_id = ${workspaceId} and d.document_id = v.document_id and d.deleted_rev is null
  cross join lateral (
    select o.to_rev - 1 as at_rev, o.state from document_facts o
    where o.workspace_id = ${workspaceId} and o.document_id = v.document_id and o.layer = 'source' and o.content_version = v.content_version
    order by o.from_rev desc limit 1
  ) last
  join data_sources s on s.workspace_id = ${workspaceId} and s.data_source_id = d.data_source_id
    and s.from_rev <= last.at_rev and (s.to_rev is null or s.to_rev > last.at_rev)
  join document_facts f on f.workspace_id = ${workspaceId} and f.document_id = d.document_id
    and f.from_rev <= last.at_rev and (f.to_rev is null or f.to_rev > last.at_rev)
  where last.at_rev is not null`

function documentsOf(rows: NonNullable<Row['documents']>): Map<string, DocumentFacts> {
  const documents = new Map<string, DocumentFacts>()
  for (const [documentId, layers] of Map.groupBy(rows, (row) => row.documentId)) {
    const source = layers.find(({ layer }) => layer === 'source')
    if (!source?.contentVersion) continue
    const { dataSourceId, space, stale, state, contentVersion } = source
    documents.set(documentId, {
      documentId,
      dataSourceId,
      space,
      stale,
      state,
      contentVersion,
      ...inForce(layers, space),
    })
  }
  return documents
}

function formerOf(rows: NonNullable<Row['former']>): Map<string, FormerFacts> {
  const former = new Map<string, FormerFacts>()
  for (const [key, layers] of Map.groupBy(rows, formerKey)) {
    const [first] = layers
    if (first) former.set(key, { state: first.then, ...inForce(layers, first.space) })
  }
  return former
}

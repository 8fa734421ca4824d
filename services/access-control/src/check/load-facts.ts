import { type Kysely, sql } from 'kysely'
import type { Caller } from '@tessera/shared/bus/call'
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
  gates: string[]
}

/**
 * Reads them in one statement, hence at one revision. Lists come without the entries that don't cover the reader (they decide nothing, and a document may
 * have thousands); gates come whole. Deleted documents don't come at all. Undefined where the workspace does not exist.
 */
export async function loadFacts(
  db: Kysely<AccessTables>,
  caller: Caller,
  documentIds: readonly string[],
  versions: readonly DocumentVersion[] = [],
): Promise<Facts | undefined> {
  const agents = caller.actors
  const { rows } = await sql<Row>`
    with recursive ${coveringNames(caller.workspaceId, caller.subject)},
    now_facts as (${nowFacts(caller.workspaceId, documentIds)}),
    former_facts as (${formerFacts(caller.workspaceId, versions)})
    select
      (select revision from workspaces where id = ${caller.workspaceId}) as revision,
      (select state from reader) as state,
      (select json_agg(json_build_object('name', a.name, 'active', a.active, 'scope', a.scope, 'exceptDocumentIds', a.except_document_ids))
        from agents a where a.workspace_id = ${caller.workspaceId} and a.name = any(${[...agents]}::text[]) and a.to_rev is null) as agents,
      (select json_agg(json_build_object('documentId', f.document_id, 'dataSourceId', f.data_source_id, 'space', f.space, 'stale', f.stale,
        'contentVersion', f.content_version, ${layerFields})) from now_facts f) as documents,
      (select json_agg(json_build_object('documentId', f.document_id, 'space', f.space, 'then', f.then_state,
        'contentVersion', f.of_version, ${layerFields})) from former_facts f) as former,
      array(select name from covering where name in (
        select unnest(gates) from now_facts union all select space from now_facts
        union all select unnest(gates) from former_facts union all select space from former_facts)) as gates`.execute(
    db,
  )
  const row = rows[0]
  if (!row || row.revision === null) return undefined
  const all = [...(row.documents ?? []), ...(row.former ?? [])]
  const names = new Set([...row.gates, ...all.flatMap(({ allow, deny }) => [...allow, ...deny])])
  return {
    revision: row.revision,
    reader: { state: row.state ?? 'unknown', names, agents: chainOf(agents, row.agents ?? []) },
    documents: documentsOf(row.documents ?? []),
    former: formerOf(row.former ?? []),
  }
}

/** The chain of actors, each with its facts. One that is no agent has none, and covers nothing. */
export function chainOf(names: readonly string[], found: readonly ({ name: string } & AgentFacts)[]): Agent[] {
  return names.map((name) => ({ name, facts: found.find((facts) => facts.name === name) }))
}

/** Entries of a list that cover the reader. */
const covered = (list: 'allow' | 'deny') =>
  sql`array(select entry from unnest(${sql.ref(`f.${list}`)}) entry where entry in (select name from covering))`

const layerFields = sql`'layer', f.layer, 'allow', f.allow, 'deny', f.deny, 'gates', f.gates, 'denyAgents', f.deny_agents,
  'state', f.state`

const nowFacts = (workspaceId: string, documentIds: readonly string[]) => sql`
  select d.document_id, d.data_source_id, s.space, ${isStale} as stale, f.layer, ${covered('allow')} as allow, ${covered('deny')} as deny,
    f.gates, f.deny_agents, f.state, f.content_version
  from documents d
  join data_sources s on s.workspace_id = d.workspace_id and s.data_source_id = d.data_source_id and s.to_rev is null
  join document_facts f on f.workspace_id = d.workspace_id and f.document_id = d.document_id and f.to_rev is null
  left join data_source_confirmations c on c.workspace_id = s.workspace_id and c.data_source_id = s.data_source_id
  where d.workspace_id = ${workspaceId} and d.document_id = any(${documentIds}::text[]) and d.deleted_rev is null`

/** Every layer, and the space, as of the last revision at which the version was the current one. */
const formerFacts = (workspaceId: string, versions: readonly DocumentVersion[]) => sql`
  select d.document_id, v.content_version as of_version, last.state as then_state, s.space, f.layer,
    ${covered('allow')} as allow, ${covered('deny')} as deny, f.gates, f.deny_agents, f.state
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

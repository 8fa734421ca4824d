import type { IndexFacts } from '@tessera/shared/contracts/access-control'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../database.ts'
import { inForce, type LayerFacts } from '../decide/facts.ts'

/** What index rows of these documents must carry, in the order asked. Unknown documents are left out, deleted ones are not searchable. */
export async function loadIndexFacts(
  db: Kysely<AccessTables>,
  workspaceId: string,
  documentIds: readonly string[],
): Promise<IndexFacts[]> {
  if (documentIds.length === 0) return []
  const rows = await db
    .selectFrom('documents as d')
    .innerJoin('data_sources as s', (join) =>
      join
        .onRef('s.workspace_id', '=', 'd.workspace_id')
        .onRef('s.data_source_id', '=', 'd.data_source_id')
        .on('s.to_rev', 'is', null),
    )
    .innerJoin('document_facts as f', (join) =>
      join
        .onRef('f.workspace_id', '=', 'd.workspace_id')
        .onRef('f.document_id', '=', 'd.document_id')
        .on('f.to_rev', 'is', null),
    )
    .select(['d.document_id', 'd.data_source_id', 'd.deleted_rev', 'd.index_rev', 'd.signature', 's.space'])
    .select(['f.layer', 'f.allow', 'f.deny', 'f.gates', 'f.deny_agents', 'f.state', 'f.content_version'])
    .where('d.workspace_id', '=', workspaceId)
    .where('d.document_id', 'in', [...documentIds])
    .execute()
  const byDocument = Map.groupBy(rows, (row) => row.document_id)
  return documentIds.flatMap((documentId) => toIndexFacts(byDocument.get(documentId) ?? []))
}

type Row = {
  document_id: string
  data_source_id: string
  deleted_rev: number | null
  index_rev: number
  signature: string
  space: string
  layer: LayerFacts['layer']
  allow: string[]
  deny: string[]
  gates: string[]
  deny_agents: string[]
  state: LayerFacts['state']
  content_version: string | null
}

function toIndexFacts(rows: readonly Row[]): IndexFacts[] {
  const source = rows.find(({ layer }) => layer === 'source')
  if (!source?.content_version) return []
  const { allow, deny, denyAgents } = inForce(
    rows.map((row) => ({ ...row, denyAgents: row.deny_agents, contentVersion: row.content_version })),
    source.space,
  )
  const searchable = source.deleted_rev === null && source.state === 'ready'
  return [
    {
      documentId: source.document_id,
      dataSourceId: source.data_source_id,
      space: source.space,
      contentVersion: source.content_version,
      searchable,
      allow: searchable ? [...allow] : [],
      deny: [...deny],
      denyAgents: [...denyAgents],
      signature: source.signature,
      revision: source.index_rev,
    },
  ]
}

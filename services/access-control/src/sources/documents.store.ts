import { prepared } from '@tessera/shared/database/prepared'
import { type Kysely, type Selectable, sql } from 'kysely'
import type { AccessTables, FactState, Layer } from '../database.ts'
import { plannedFor } from './planned-for.ts'

type DocumentRow = Selectable<AccessTables['documents']>

export const findDocuments = (
  db: Kysely<AccessTables>,
  workspaceId: string,
  documentIds: readonly string[],
): Promise<Pick<DocumentRow, 'document_id' | 'data_source_id' | 'deleted_rev'>[]> =>
  db
    .selectFrom('documents')
    .select(['document_id', 'data_source_id', 'deleted_rev'])
    .where('workspace_id', '=', workspaceId)
    .where((where) => where.eb('document_id', '=', where.fn.any(where.val([...documentIds]))))
    .modifyEnd(prepared)
    .execute()

/** What one layer says of a document. */
export type LayerRow = {
  readonly layer: Layer
  readonly allow: readonly string[]
  readonly deny: readonly string[]
  readonly gates: readonly string[]
  readonly deny_agents: readonly string[]
  readonly labels: readonly string[]
  readonly state: FactState
  readonly reason: string | null
  /** Of the source layer. In the workspace layer: the version that stood when somebody first labelled passages by hand. */
  readonly content_version: string | null
}
export type PassageRow = { readonly passage_id: string; readonly layer: Layer; readonly labels: readonly string[] }

/** Everything that is said about one document now, by every layer. */
export type DocumentState = {
  readonly documentId: string
  readonly dataSourceId: string
  readonly space: string
  readonly layers: readonly LayerRow[]
  readonly passages: readonly PassageRow[]
}
export type KnownDocument = DocumentState & { readonly deleted: boolean }

export const layerOf = ({ layers }: DocumentState, layer: Layer) => layers.find((row) => row.layer === layer)

/** The document with another row for one layer; `undefined` ends it. */
export const withLayer = (document: DocumentState, layer: Layer, row: LayerRow | undefined): DocumentState => ({
  ...document,
  layers: [...document.layers.filter((other) => other.layer !== layer), ...(row ? [row] : [])],
})

/** The document with other passage labels in these layers; a passage without labels has no row. */
export const withPassages = (
  document: DocumentState,
  layers: readonly Layer[],
  rows: readonly PassageRow[],
): DocumentState => ({
  ...document,
  passages: [
    ...document.passages.filter(({ layer }) => !layers.includes(layer)),
    ...rows.filter(({ labels }) => labels.length > 0),
  ],
})

/** These data sources with their spaces, and these documents as they stand, wherever they belong; both by id. */
export type Standing = {
  readonly spaces: ReadonlyMap<string, string>
  readonly documents: ReadonlyMap<string, KnownDocument>
}

export async function findStanding(
  db: Kysely<AccessTables>,
  workspaceId: string,
  { documentIds, dataSourceIds = [] }: { documentIds: readonly string[]; dataSourceIds?: readonly string[] },
): Promise<Standing> {
  const { rows } = await sql<{
    spaces: { id: string; space: string }[]
    documents: KnownDocument[]
  }>`${plannedFor(documentIds.length)}
    select
      (select coalesce(json_agg(json_build_object('id', s.data_source_id, 'space', s.space)), '[]') from data_sources s
        where s.workspace_id = ${workspaceId} and s.data_source_id = any(${[...dataSourceIds]}::text[]) and s.to_rev is null) as spaces,
      (select coalesce(json_agg(json_build_object('documentId', d.document_id, 'dataSourceId', d.data_source_id, 'space', s.space,
          'deleted', d.deleted_rev is not null, 'layers', ${layers}, 'passages', ${passages})), '[]')
        from documents d
        join data_sources s on s.workspace_id = d.workspace_id and s.data_source_id = d.data_source_id and s.to_rev is null
        where d.workspace_id = ${workspaceId} and d.document_id = any(${[...documentIds]}::text[])) as documents`.execute(
    db,
  )
  return {
    spaces: new Map(rows[0]?.spaces.map(({ id, space }) => [id, space])),
    documents: new Map(rows[0]?.documents.map((document) => [document.documentId, document])),
  }
}

const layers = sql`(select coalesce(json_agg(json_build_object('layer', f.layer, 'allow', f.allow, 'deny', f.deny, 'gates', f.gates,
    'deny_agents', f.deny_agents, 'labels', f.labels, 'state', f.state, 'reason', f.reason, 'content_version', f.content_version)), '[]')
  from document_facts f where f.workspace_id = d.workspace_id and f.document_id = d.document_id and f.to_rev is null)`

const passages = sql`(select coalesce(json_agg(json_build_object('passage_id', p.passage_id, 'layer', p.layer, 'labels', p.labels)), '[]')
  from passage_facts p where p.workspace_id = d.workspace_id and p.document_id = d.document_id and p.to_rev is null)`

import type { Kysely } from 'kysely'
import type { RetrievalTables } from '../database.ts'

export type StoredPassage = { passageId: string; headings: readonly string[]; text: string; hash: string }

/** What the registry holds of a document, for its rows. */
export type StoredDocument = {
  documentId: string
  dataSourceId: string
  contentVersion: string
  title: string
  removed: boolean
  indexedVersion: string | null
  passages: readonly StoredPassage[]
  staleRows: readonly string[]
}

/** For no reader: the indexer sees every document. */
export async function uncheckedLoadDocuments(
  db: Kysely<RetrievalTables>,
  workspaceId: string,
  documentIds: readonly string[],
): Promise<StoredDocument[]> {
  // One snapshot would cost a transaction; a document that changes between these is done again (its generation was raised).
  const [documents, passages, stale] = await Promise.all([
    db
      .selectFrom('documents')
      .selectAll()
      .where('workspace_id', '=', workspaceId)
      .where('document_id', 'in', [...documentIds])
      .execute(),
    db
      .selectFrom('passages')
      .select(['document_id', 'passage_id', 'headings', 'text', 'hash'])
      .where('workspace_id', '=', workspaceId)
      .where('document_id', 'in', [...documentIds])
      .orderBy('ordinal')
      .execute(),
    db
      .selectFrom('stale_rows')
      .select(['document_id', 'passage_id'])
      .where('workspace_id', '=', workspaceId)
      .where('document_id', 'in', [...documentIds])
      .execute(),
  ])
  const passagesOf = Map.groupBy(passages, (row) => row.document_id)
  const staleOf = Map.groupBy(stale, (row) => row.document_id)
  return documents.map((row) => ({
    documentId: row.document_id,
    dataSourceId: row.data_source_id,
    contentVersion: row.content_version,
    title: row.title,
    removed: row.removed,
    indexedVersion: row.indexed_version,
    passages: (passagesOf.get(row.document_id) ?? []).map(({ passage_id, headings, text, hash }) => ({
      passageId: passage_id,
      headings,
      text,
      hash,
    })),
    staleRows: (staleOf.get(row.document_id) ?? []).map(({ passage_id }) => passage_id),
  }))
}

import type { PgliteWorker } from '@tessera/shared/database/pglite-worker'
import type { IndexHit, RowView } from '../search-index.ts'
import type { Statement } from './query.ts'

type Row = {
  passage_id: string
  document_id: string
  content_version: string
  view: RowView
  hash: string
  updated_at_ms: number | null
  score: number
}

export async function hitsOf(pglite: PgliteWorker, { sql, parameters }: Statement): Promise<IndexHit[]> {
  const { rows } = await pglite.query<Row>(sql, parameters)
  return rows.map((row) => ({
    passageId: row.passage_id,
    documentId: row.document_id,
    contentVersion: row.content_version,
    view: row.view,
    hash: row.hash,
    ...(row.updated_at_ms === null ? {} : { updatedAtMs: row.updated_at_ms }),
    score: row.score,
  }))
}

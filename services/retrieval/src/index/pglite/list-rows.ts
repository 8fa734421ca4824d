import type { PgliteWorker } from '@tessera/shared/database/pglite-worker'
import { type KnownRow, rowIdOf, type RowView } from '../search-index.ts'
import type { WorkspaceTables } from './tables.ts'

export const pageSize = 1000

type Row = {
  document_id: string
  passage_id: string
  view: RowView
  content_version: string
  hash: string
  space: string
  revision: number
  allow: string[]
  deny: string[]
  deny_agents: string[]
  pairs: string[]
}

/** The next page behind a place, by document, passage and view. */
export async function listRows(
  pglite: PgliteWorker,
  { rows, accessSets }: WorkspaceTables,
  after: readonly string[],
  documentIds: readonly string[] | undefined,
): Promise<{ row: KnownRow; place: string[] }[]> {
  const of = documentIds === undefined ? '' : 'and document_id = any($5::text[])'
  const found = await pglite.query<Row>(
    `select document_id, passage_id, view, content_version, hash, space, revision, allow, deny, deny_agents, pairs
      from ${rows} r join ${accessSets} s on s.id = r.access_set
      where (document_id collate "C", passage_id collate "C", view collate "C") > ($1, $2, $3) ${of}
      order by document_id collate "C", passage_id collate "C", view collate "C" limit $4`,
    [...after, pageSize, ...(documentIds === undefined ? [] : [documentIds])],
  )
  return found.rows.map((row) => ({ row: knownRow(row), place: [row.document_id, row.passage_id, row.view] }))
}

const knownRow = ({ document_id, passage_id, content_version, deny_agents, ...row }: Row): KnownRow => ({
  rowId: rowIdOf({ passageId: passage_id, view: row.view }),
  documentId: document_id,
  contentVersion: content_version,
  hash: row.hash,
  allow: row.allow,
  deny: row.deny,
  denyAgents: deny_agents,
  pairs: row.pairs,
  space: row.space,
  revision: row.revision,
})

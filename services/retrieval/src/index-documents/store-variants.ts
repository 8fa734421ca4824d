import { inTransaction } from '@tessera/shared/database/database'
import { sql } from 'kysely'
import type { RetrievalDatabase } from '../database.ts'
import type { StoredDocument } from './load-documents.ts'

/** Keeps how passages are marked, and what there is of them below the full view. A newer version that came meanwhile stays as it is. */
export async function storeVariants(
  db: RetrievalDatabase,
  workspaceId: string,
  document: StoredDocument,
): Promise<void> {
  const { documentId, contentVersion, ruleVersion, labelled, variants } = document
  const markings = document.passages.map(({ passageId, marking }) => ({ passage_id: passageId, marking }))
  const rows = document.passages.flatMap(({ passageId, redacted, digest }) =>
    [redacted, digest].flatMap((variant) => (variant ? [{ passage_id: passageId, ...variant }] : [])),
  )
  await inTransaction(db, async (trx) => {
    const { numAffectedRows } = await sql`update documents
      set rule_version = ${ruleVersion}, labelled = ${labelled}, variants = variants or ${variants}
      where workspace_id = ${workspaceId} and document_id = ${documentId} and content_version = ${contentVersion} and not removed`.execute(
      trx,
    )
    if (numAffectedRows === 0n) return
    await sql`update passages p set marking = nullif(m.marking, 'null'::jsonb)
      from jsonb_to_recordset(${JSON.stringify(markings)}::jsonb) as m (passage_id text, marking jsonb)
      where p.workspace_id = ${workspaceId} and p.passage_id = m.passage_id and p.document_id = ${documentId}
        and p.marking is distinct from nullif(m.marking, 'null'::jsonb)`.execute(trx)
    await sql`delete from passage_variants where workspace_id = ${workspaceId} and document_id = ${documentId}`.execute(
      trx,
    )
    await sql`insert into passage_variants (workspace_id, document_id, passage_id, view, hash, title, headings, text)
      select ${workspaceId}, ${documentId}, passage_id, view, hash, title, headings, text
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as v
        (passage_id text, view text, hash text, title text, headings text[], text text)`.execute(trx)
  })
}

/** These were gone through, and nothing was found in them. */
export async function noteRules(
  db: RetrievalDatabase,
  workspaceId: string,
  documents: readonly StoredDocument[],
  ruleVersion: number,
): Promise<void> {
  if (documents.length === 0) return
  const versions = documents.map(({ documentId, contentVersion }) => ({ id: documentId, version: contentVersion }))
  await sql`update documents d set rule_version = ${ruleVersion}
    from jsonb_to_recordset(${JSON.stringify(versions)}::jsonb) as v (id text, version text)
    where d.workspace_id = ${workspaceId} and d.document_id = v.id and d.content_version = v.version`.execute(db)
}

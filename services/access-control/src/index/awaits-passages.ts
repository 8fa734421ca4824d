import { type RawBuilder, sql } from 'kysely'

/**
 * Whether somebody labelled passages of this document by hand, and those of its content version have not been put yet: a new passage could carry what was
 * labelled, so nobody reads the document until then. `document` is the alias of a row with `workspace_id` and `document_id`, `source` that of its source
 * layer in `document_facts`. About now, whatever the layer is of.
 */
export function awaitsPassages(document = 'd', source = 'f'): RawBuilder<boolean> {
  const [workspaceId, documentId] = [sql.ref(`${document}.workspace_id`), sql.ref(`${document}.document_id`)]
  return sql<boolean>`(exists (select from passage_facts by_hand
      where by_hand.workspace_id = ${workspaceId} and by_hand.document_id = ${documentId} and by_hand.layer = 'workspace' and by_hand.to_rev is null)
    and not exists (select from document_passages put
      where put.workspace_id = ${workspaceId} and put.document_id = ${documentId} and put.content_version = ${sql.ref(`${source}.content_version`)}))`
}

import type { Kysely } from 'kysely'
import type { Change } from '../changes/writer.ts'
import type { AccessTables } from '../database.ts'
import type { KnownPassages } from './inherited-labels.ts'

/** The passages of the last version that was put as a whole; undefined where none was. */
export async function findKnownPassages(
  db: Kysely<AccessTables>,
  workspaceId: string,
  documentId: string,
): Promise<(KnownPassages & { contentVersion: string }) | undefined> {
  const row = await db
    .selectFrom('document_passages')
    .select(['content_version', 'passage_ids', 'sections'])
    .where('workspace_id', '=', workspaceId)
    .where('document_id', '=', documentId)
    .executeTakeFirst()
  return row && { contentVersion: row.content_version, passageIds: row.passage_ids, sections: row.sections }
}

type Whole = {
  readonly documentId: string
  readonly contentVersion: string
  readonly passages: readonly { readonly passageId: string; readonly section: string }[]
}

export async function putKnownPassages(
  { trx, workspaceId }: Change,
  { documentId, contentVersion, passages }: Whole,
): Promise<void> {
  const row = {
    content_version: contentVersion,
    passage_ids: passages.map(({ passageId }) => passageId),
    sections: passages.map(({ section }) => section),
  }
  await trx
    .insertInto('document_passages')
    .values({ workspace_id: workspaceId, document_id: documentId, ...row })
    .onConflict((conflict) => conflict.columns(['workspace_id', 'document_id']).doUpdateSet(row))
    .execute()
}

/** The document changes for the index. */
export async function touchDocument(change: Change, documentId: string): Promise<void> {
  change.touch()
  await change.trx
    .updateTable('documents')
    .set({ index_rev: change.revision })
    .where('workspace_id', '=', change.workspaceId)
    .where('document_id', '=', documentId)
    .execute()
}

import type { Call } from '@tessera/shared/bus/call'
import { inTransaction } from '@tessera/shared/database/database'
import { ok } from '@tessera/shared/fault/result'
import { sql } from 'kysely'
import type { RetrievalDatabase, RetrievalTransaction } from '../database.ts'
import { dropPassages, renewedWork } from './registry.ts'
import { dataSourceOf } from './speaks-for.ts'

/**
 * Removes documents of the caller's data source; others are left alone without a word. Their text is gone when this answers; their rows follow, and
 * are worth nothing meanwhile, since what is served comes from the registry.
 */
export function createRemoveDocuments({
  db,
  workWaits,
}: {
  db: RetrievalDatabase
  workWaits: (workspaceId: string) => void
}) {
  return async function removeDocuments({ documentIds }: { documentIds: string[] }, { caller }: Call) {
    const dataSourceId = dataSourceOf(caller)
    if (dataSourceId === undefined) return ok({ removed: 0 })
    const ids = [...new Set(documentIds)].toSorted()
    const removed = await inTransaction(db, (trx) => remove(trx, caller.workspaceId, dataSourceId, ids))
    if (removed > 0) workWaits(caller.workspaceId)
    return ok({ removed })
  }
}

async function remove(trx: RetrievalTransaction, workspaceId: string, dataSourceId: string, ids: readonly string[]) {
  const removed = await trx
    .updateTable('documents')
    .set({
      removed: true,
      title: '',
      url: null,
      authors: [],
      passage_count: 0,
      failure: null,
      marks: sql`null`,
      attachments: sql`null`,
    })
    .where('workspace_id', '=', workspaceId)
    .where('data_source_id', '=', dataSourceId)
    .where('document_id', 'in', ids)
    .where('removed', '=', false)
    .returning('document_id')
    .execute()
  // What is removed before it came must not come later.
  await sql`insert into documents (workspace_id, document_id, data_source_id, external_id, content_version, access_revision, title, passage_count, removed)
    select ${workspaceId}, id, ${dataSourceId}, '', '', 0, '', 0, true from unnest(${ids}::text[]) as id
    on conflict (workspace_id, document_id) do nothing`.execute(trx)
  const document_id = removed.map((row) => row.document_id)
  if (document_id.length === 0) return 0
  await dropPassages(trx, { workspace_id: workspaceId, document_id })
  for (const table of ['document_blocks', 'attachments', 'digests', 'vectors'] as const) {
    await trx
      .deleteFrom(table)
      .where('workspace_id', '=', workspaceId)
      .where('document_id', 'in', document_id)
      .execute()
  }
  await sql`insert into index_work (workspace_id, document_id)
    select ${workspaceId}, id from unnest(${document_id}::text[]) as id
    on conflict (workspace_id, document_id) do update set ${renewedWork}`.execute(trx)
  return document_id.length
}

import { fail, ok } from '@tessera/shared/fault/result'
import { readAt } from '../changes/read-at.ts'
import type { Make } from '../handler.ts'
import { systemFault } from '../people/may.ts'
import { loadIndexFacts } from './load-index-facts.ts'

/**
 * Pages through the documents by (the revision their index facts last changed at, id). Complete because revisions are given out in commit order: what
 * commits later has a higher one. A document that changes between two pages moves behind both.
 */
export const changedDocuments: Make<'changedDocuments'> = ({ db }) =>
  async function changedDocuments({ afterRevision, afterDocumentId, limit }, call) {
    const refusal = systemFault(call, 'retrieval')
    if (refusal) return fail(refusal)
    const { workspaceId } = call.caller
    return readAt(db, workspaceId, async (trx, revision) => {
      const rows = await trx
        .selectFrom('documents')
        .select('document_id')
        .where('workspace_id', '=', workspaceId)
        .where((where) =>
          afterDocumentId === undefined
            ? where('index_rev', '>', afterRevision)
            : where(where.refTuple('index_rev', 'document_id'), '>', where.tuple(afterRevision, afterDocumentId)),
        )
        .orderBy('index_rev')
        .orderBy('document_id')
        .limit(limit + 1)
        .execute()
      const ids = rows.slice(0, limit).map((row) => row.document_id)
      return ok({ ...(await loadIndexFacts(trx, workspaceId, ids)), revision, more: rows.length > limit })
    })
  }

import { fail, ok } from '@tessera/shared/fault/result'
import { fault, unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { eraseAlias } from '../log/erase-alias.ts'
import { mayAdmin } from '../people/may.ts'
import { findDocuments } from './documents.store.ts'

/** A document that has ended loses its alias in the log and the reasons that were given about it; lists and times stay, since they explain the past. */
export const eraseDocument: Make<'eraseDocument'> = ({ write }) =>
  async function eraseDocument({ documentId }, call) {
    return write(call, { operation: 'eraseDocument', input: { documentId } }, mayAdmin, async (change) => {
      const { trx, workspaceId } = change
      const [document] = await findDocuments(trx, workspaceId, [documentId])
      if (!document) return fail(unknown('document'))
      if (document.deleted_rev === null)
        return fail(fault('conflict', 'Only a document that has ended can be erased: delete it first.'))
      if (!(await eraseAlias(trx, workspaceId, { documentId }))) return ok({})
      change.touch()
      await trx
        .updateTable('document_facts')
        .set({ reason: null })
        .where('workspace_id', '=', workspaceId)
        .where('document_id', '=', documentId)
        .execute()
      return ok({})
    })
  }

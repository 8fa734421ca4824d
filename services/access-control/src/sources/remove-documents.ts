import { fail, ok } from '@tessera/shared/fault/result'
import { unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { mayDataSource } from '../people/may.ts'
import { findDataSource } from './data-sources.store.ts'
import { findDocuments } from './documents.store.ts'

/** Ends documents. Those that are not there, or ended before, are passed over; one of another data source refuses the whole. */
export const removeDocuments: Make<'removeDocuments'> = ({ write }) =>
  async function removeDocuments({ dataSourceId, documentIds }, call) {
    return write(
      call,
      { operation: 'removeDocuments', input: { dataSourceId, documentIds } },
      mayDataSource(dataSourceId),
      async (change) => {
        const { trx, workspaceId, revision } = change
        if (!(await findDataSource(trx, workspaceId, dataSourceId))) return fail(unknown('data source'))
        const known = await findDocuments(trx, workspaceId, documentIds)
        const foreign = known.find((row) => row.data_source_id !== dataSourceId)
        if (foreign) return fail(unknown(`document ${foreign.document_id} in this data source`))
        const ending = known.filter(({ deleted_rev }) => deleted_rev === null).map(({ document_id }) => document_id)
        if (ending.length === 0) return ok({})
        change.touch()
        await trx
          .updateTable('documents')
          .set({ deleted_rev: revision, index_rev: revision })
          .where('workspace_id', '=', workspaceId)
          .where('document_id', 'in', ending)
          .execute()
        return ok({})
      },
    )
  }

import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { connectorsContract } from '@tessera/shared/contracts/connectors'
import { fail, ok } from '@tessera/shared/fault/result'
import { failFromAccessWrite } from '../callers/access-faults.ts'
import { asDataSource } from '../callers/as-data-source.ts'
import { requirePusher } from '../callers/authorize.ts'
import { getDataSource } from '../data-sources/data-sources.store.ts'
import { fault, orUnavailable } from '../faults.ts'
import type { DeliverDeps } from './deliver.ts'
import { attachmentIds, endAttachments } from '../attachments/attachments.store.ts'
import { bindUpload } from '../files/uploads.store.ts'
import { holdDocument, letGo } from './document-lease.ts'

/** Ends a pushed document. Its external id is free from then on, for a document with another id. */
export const createDeleteDocument =
  (deps: DeliverDeps): HandlerOf<(typeof connectorsContract)['operations']['deleteDocument']> =>
  ({ dataSourceId, externalId }, call) =>
    orUnavailable(async () => {
      const { db, bus, access, retrieval } = deps
      const allowed = await requirePusher(access, dataSourceId, call)
      if (!allowed.ok) return allowed
      const dataSource = await getDataSource(db, call.caller.workspaceId, dataSourceId)
      if (!dataSource) return fail(fault('not-found', 'No such document here.'))
      if (dataSource.kind !== 'push') {
        return fail(fault('invalid', 'The documents of this data source come from its connection.'))
      }
      const held = await holdDocument(
        db,
        { dataSourceId, externalId, untilMs: call.deadlineMs - 1000, signal: call.signal },
        async (trx, row, hold) => {
          if (!row) return { gone: true as const }
          if (row.parent_id) {
            await letGo(trx, row.id, hold)
            return 'attachment' as const
          }
          await endAttachments(trx, row.id)
          await bindUpload(trx, row.id, undefined)
          await trx.updateTable('documents').set({ state: 'removing' }).where('id', '=', row.id).execute()
          await trx.deleteFrom('originals').where('document_id', '=', row.id).execute()
          return { gone: false as const, documentId: row.id, hold }
        },
      )
      if (!held) return fail(fault('conflict', 'This document is being written by somebody else.'))
      if (held === 'attachment')
        return fail(fault('conflict', 'It lies in another document, with which it comes and goes.'))
      if (held.gone) return fail(fault('not-found', 'No such document here.'))

      const documentIds = [held.documentId, ...(await attachmentIds(db, held.documentId))]
      const as = () => asDataSource(bus, dataSource, { timeoutMs: 10_000 })
      const ended = await access.removeDocuments({ dataSourceId, documentIds }, as())
      if (!ended.ok) {
        // It is noted as ended here, so that it will be finished when access-control is back.
        await letGo(db, held.documentId, held.hold)
        return failFromAccessWrite(ended.fault)
      }
      // From here on nobody reads it; passages that stay behind for a while are refused by the check.
      const removed = await retrieval.removeDocuments({ documentIds }, as())
      if (removed.ok) await db.deleteFrom('documents').where('id', 'in', documentIds).execute()
      else await letGo(db, held.documentId, held.hold)
      return ok({ revision: ended.value.revision })
    })

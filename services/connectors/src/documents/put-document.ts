import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { connectorsContract } from '@tessera/shared/contracts/connectors'
import { fail, ok } from '@tessera/shared/fault/result'
import { requirePusher } from '../callers/authorize.ts'
import { asDataSource } from '../callers/as-data-source.ts'
import { getDataSource } from '../data-sources/data-sources.store.ts'
import { fault, orUnavailable } from '../faults.ts'
import { isWholeUpload } from '../files/uploads.store.ts'
import { checkPushed } from './check-pushed.ts'
import { deliver, type DeliverDeps } from './deliver.ts'
import { holdDocument, letGo } from './document-lease.ts'
import { type Delivery, storeFirst, storeOriginal } from './store-original.ts'

/** Stores a pushed document: access first, then content. Answers when both are durable. */
export const createPutDocument =
  (deps: DeliverDeps): HandlerOf<(typeof connectorsContract)['operations']['putDocument']> =>
  (input, call) =>
    orUnavailable(async () => {
      const { dataSourceId, externalId, content, waitIndexed } = input
      const { workspaceId } = call.caller
      const [allowed, dataSource] = await Promise.all([
        requirePusher(deps.access, dataSourceId, call),
        getDataSource(deps.db, workspaceId, dataSourceId),
      ])
      if (!allowed.ok) return allowed
      if (!dataSource) return fail(fault('not-found', 'No such data source here.'))
      if (dataSource.kind !== 'push') {
        return fail(fault('invalid', 'The documents of this data source come from its connection.'))
      }
      const { allow, deny = [], gates = [], denyAgents = [], labels = [] } = input.access
      // Without labels it is what it was before there were any, and so is the hash of its facts.
      const access = { allow, deny, gates, denyAgents, ...(labels.length > 0 ? { labels } : {}) }
      const original = { content, access }
      const sound = checkPushed(externalId, original)
      if (!sound.ok) return sound
      const { file } = content
      if (
        file &&
        !(await isWholeUpload(deps.db, { uploadId: file.uploadId, workspaceId, dataSourceId }, file.sizeBytes))
      ) {
        return fail(fault('not-found', 'No such upload here, or it is not whole.'))
      }

      const held =
        (file ? undefined : await storeFirst(deps.db, dataSource, externalId, original)) ??
        (await holdDocument(
          deps.db,
          { dataSourceId, externalId, untilMs: call.deadlineMs - 1000, signal: call.signal },
          async (trx, row, hold) => {
            if (row?.parent_id) {
              await letGo(trx, row.id, hold)
              return 'attachment'
            }
            return { hold, delivery: await storeOriginal(trx, dataSource, externalId, original, { row, hold }) }
          },
        ))
      if (!held) return fail(fault('conflict', 'This document is being written by somebody else.'))
      if (held === 'attachment')
        return fail(fault('conflict', 'It lies in another document, with which it comes and goes.'))
      const delivered = await deliver(deps, held.delivery, held.hold)
      if (!delivered.ok) return delivered
      const indexed = waitIndexed === true && (await isIndexed(deps, held.delivery, delivered.value, call))
      return ok({ documentId: held.delivery.documentId, externalId, indexed, ...delivered.value })
    })

/** Waits as long as the caller does. That the index is late is no failure of the push. */
async function isIndexed(
  { bus, retrieval }: DeliverDeps,
  { documentId, contentVersion, dataSourceId, workspaceId }: Delivery,
  {
    attachments,
    revision,
  }: { attachments: readonly ({ documentId: string } | { refused: string })[]; revision: number },
  call: { deadlineMs: number; signal: AbortSignal },
): Promise<boolean> {
  const waiting = asDataSource(
    bus,
    { id: dataSourceId, workspace_id: workspaceId },
    { timeoutMs: call.deadlineMs - Date.now() - 1000, signal: call.signal },
  )
  const ids = [documentId, ...attachments.flatMap((one) => ('documentId' in one ? one.documentId : []))]
  const awaited = await retrieval.awaitIndexed(
    { documents: ids.map((id) => ({ documentId: id, contentVersion })), revision },
    waiting,
  )
  return awaited.ok && awaited.value.indexed
}

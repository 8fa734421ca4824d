import type { Attachment } from '@tessera/shared/contracts/retrieval'
import { endAttachments, noteAttachments } from '../attachments/attachments.store.ts'
import { acknowledgeAttachments, deliverAttachments } from '../attachments/deliver-attachments.ts'
import { factsOf } from './access-facts.ts'
import type { Send } from './plan-batch.ts'
import { StepFailed } from './step-failed.ts'
import type { ListedContext } from './sync-context.ts'

/** What came of the attachments of one document. `reason` is one of a few stable words. */
export type SentAttachments = { written: number; skipped: { externalId: string; reason: string }[] }

/** Sends what lies in a document, under the rights of its place. Killed anywhere, it is done again with the document. */
export async function sendAttachments(
  context: ListedContext,
  send: Send,
  attachments: readonly Attachment[],
): Promise<SentAttachments> {
  const { lease, listing } = context
  const { listed, documentId, contentVersion, content, marks, row } = send
  if (attachments.length === 0) {
    if (row) await lease.write((trx) => endAttachments(trx, documentId))
    return { written: 0, skipped: [] }
  }
  const parent = {
    documentId,
    workspaceId: lease.dataSource.workspace_id,
    dataSourceId: lease.dataSource.id,
    externalId: listed.externalId,
    contentVersion,
  }
  const placed = await lease.write((trx) => noteAttachments(trx, parent, attachments))
  const delivered = await deliverAttachments(context, {
    parent,
    placed,
    factsOf: (id) =>
      factsOf(listing, lease.dataSource.id, { id, place: listed.externalId, content_version: contentVersion }),
    content: { updatedAt: content.updatedAt, ...(marks.length > 0 ? { marks: [...marks] } : {}) },
    callFor: (timeoutMs) => lease.callFor(timeoutMs),
  })
  if (!delivered.ok) throw new StepFailed(delivered.fault)
  await lease.write((trx) => acknowledgeAttachments(trx, delivered.value))
  const rejected = new Map(
    delivered.value.flatMap(({ documentId, rejected }) => (rejected === null ? [] : [[documentId, rejected] as const])),
  )
  const skipped = placed.flatMap((one) => {
    const reason = 'documentId' in one ? rejected.get(one.documentId) : one.refused
    return reason === undefined ? [] : [{ externalId: one.externalId, reason }]
  })
  return { written: placed.length - skipped.length, skipped }
}

import type { Attachment } from '@tessera/shared/contracts/retrieval'
import { endAttachments } from '../attachments/attachments.store.ts'
import { deliverAttachments } from '../attachments/deliver-attachments.ts'
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
  const { listed, documentId, contentVersion, content, marks } = send
  if (attachments.length === 0) {
    if (mayHold(send)) await lease.write((trx) => endAttachments(trx, documentId))
    return { written: 0, skipped: [] }
  }
  const { id: dataSourceId, workspace_id: workspaceId } = lease.dataSource
  const place = listed.externalId
  const delivered = await deliverAttachments(context, {
    parent: { documentId, workspaceId, dataSourceId, externalId: place, contentVersion },
    attachments,
    factsOf: (id) => factsOf(listing, dataSourceId, { id, place, content_version: contentVersion }),
    content: { updatedAt: content.updatedAt, ...(marks.length > 0 ? { marks: [...marks] } : {}) },
    callFor: (timeoutMs) => lease.callFor(timeoutMs),
    write: (work) => lease.write(work),
  })
  if (!delivered.ok) throw new StepFailed(delivered.fault)
  const skipped = delivered.value.flatMap((one) => {
    const reason = 'refused' in one ? one.refused : one.rejected
    return reason === null ? [] : [{ externalId: one.externalId, reason }]
  })
  return { written: delivered.value.length - skipped.length, skipped }
}

/** Texts hold nothing, so that most documents need not be asked; one that was moved here may have been something else. */
const mayHold = ({ row, content, moved }: Send) => row !== undefined && (content.kind === 'file' || moved)

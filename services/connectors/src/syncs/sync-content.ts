import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { ConnectorsDatabase } from '../database.ts'
import type { ListedDocument, Skipped, SkipReason } from '../sources/source.ts'
import { factsOf, hashOfFacts, messagesOf } from './access-facts.ts'
import { type Attachment } from '@tessera/shared/contracts/retrieval'
import { putContent } from '../content/put-content.ts'
import { refusalOf } from '../content/refusals.ts'
import { addProgress, type Progress } from './progress.ts'
import { type SentAttachments, sendAttachments } from './send-attachments.ts'
import { eachAtMost } from './each-at-most.ts'
import { type Planned, planBatch, type Send } from './plan-batch.ts'
import { type ListedContext, must } from './sync-context.ts'
import { StepFailed } from './step-failed.ts'

/** Goes through the listing in order, in batches, from where the checkpoint says. */
export async function syncContent(context: ListedContext, after: string | null): Promise<void> {
  const left = context.listing.documents.filter(({ externalId }) => after === null || externalId > after)
  for (const batch of batchesOf(left, context.options)) {
    context.lease.check()
    await syncBatch(context, batch)
  }
}

function* batchesOf(documents: readonly ListedDocument[], limits: { batchDocuments: number; batchBytes: number }) {
  let batch: ListedDocument[] = []
  let sizeBytes = 0
  for (const document of documents) {
    if (
      batch.length === limits.batchDocuments ||
      (batch.length > 0 && sizeBytes + document.sizeBytes > limits.batchBytes)
    ) {
      yield batch
      batch = []
      sizeBytes = 0
    }
    batch.push(document)
    sizeBytes += document.sizeBytes
  }
  if (batch.length > 0) yield batch
}

/** Decide, note, send access, send content, note. Killed anywhere, it is done again with the same versions. */
async function syncBatch(context: ListedContext, batch: readonly ListedDocument[]): Promise<void> {
  const planned = await planBatch(context, batch)
  const sends = planned.filter((one) => one.kind === 'send')
  if (sends.length > 0) {
    await context.lease.write((trx) => noteVersions(trx, context, sends))
    await context.boundary('batch-planned')
  }
  const facts = await sendAccess(context, sends)
  if (sends.length > 0) await context.boundary('batch-access-sent')
  const { refusals, attachments } = await sendContent(context, sends, facts)
  if (sends.length > 0) await context.boundary('batch-content-sent')
  await context.lease.advance((trx) => acknowledge(trx, context, planned, { facts, refusals, attachments }))
  await context.boundary('batch-acknowledged')
}

async function noteVersions(trx: Transaction<ConnectorsDatabase>, { lease }: ListedContext, sends: readonly Send[]) {
  for (const { listed, documentId, contentVersion, hash, content, row, moved } of sends) {
    const noted = {
      external_id: listed.externalId,
      content_version: contentVersion,
      content_hash: hash,
      pending: true,
      rejected: null,
      fingerprint: null,
      size_bytes: content.sizeBytes,
      changed_in: lease.syncId,
      updated_at: sql<Date>`now()`,
      ...(moved ? { moved_in: lease.syncId } : {}),
    }
    if (row) await trx.updateTable('documents').set(noted).where('id', '=', row.id).execute()
    else {
      const { id: data_source_id, workspace_id } = lease.dataSource
      await trx
        .insertInto('documents')
        .values({ id: documentId, workspace_id, data_source_id, ...noted })
        .execute()
    }
  }
}

type Acknowledged = ReadonlyMap<string, { hash: string; revision: number }>

async function sendAccess(context: ListedContext, sends: readonly Send[]): Promise<Acknowledged> {
  const { access, lease, listing } = context
  const acknowledged = new Map<string, { hash: string; revision: number }>()
  const all = sends.map(({ documentId, contentVersion, listed }) => ({
    facts: factsOf(listing, lease.dataSource.id, {
      id: documentId,
      place: listed.externalId,
      content_version: contentVersion,
    }),
  }))
  for (const message of messagesOf(all)) {
    const documents = message.map(({ facts }) => facts)
    const input = { dataSourceId: lease.dataSource.id, documents }
    const { revision } = await must(access.putDocumentAccess(input, lease.callFor(10_000)))
    for (const facts of documents) acknowledged.set(facts.documentId, { hash: hashOfFacts(facts), revision })
  }
  return acknowledged
}

/**
 * Sends the contents, several at once, each with what lies in it. Answers why some were refused, and what came of attachments; anything else that goes wrong ends the
 * batch.
 */
async function sendContent(context: ListedContext, sends: readonly Send[], facts: Acknowledged) {
  const refusals = new Map<string, SkipReason>()
  const attachments: SentAttachments[] = []
  await eachAtMost(context.options.documentsAtOnce, sends, async (send) => {
    const stored = await sendOne(context, send, facts.get(send.documentId)?.revision ?? 0)
    if (stored.refused !== undefined) refusals.set(send.documentId, stored.refused)
    attachments.push(await sendAttachments(context, send, stored.attachments))
  })
  return { refusals, attachments }
}

async function sendOne(
  context: ListedContext,
  send: Send,
  accessRevision: number,
): Promise<{ refused?: SkipReason; attachments: Attachment[] }> {
  const { retrieval, lease } = context
  const { listed, documentId, contentVersion, content, marks } = send
  const { mediaType, updatedAt, sizeBytes } = content
  const input = {
    documentId,
    dataSourceId: lease.dataSource.id,
    externalId: listed.externalId,
    contentVersion,
    mediaType,
    updatedAt,
    ...(content.kind === 'text' ? { text: content.text } : { file: { sizeBytes, sha256: content.sha256 } }),
    ...(marks.length > 0 ? { marks: [...marks] } : {}),
    accessRevision,
  }
  const stored = await putContent(retrieval, input, (timeoutMs) => lease.callFor(timeoutMs))
  if (stored.ok) return { attachments: stored.value.attachments }
  const refused = stored.fault.code === 'retrieval.changed' ? 'changed' : refusalOf(stored.fault)
  if (!refused) throw new StepFailed(stored.fault)
  return { refused, attachments: [] }
}

async function acknowledge(
  trx: Transaction<ConnectorsDatabase>,
  { lease, listing }: ListedContext,
  planned: readonly Planned[],
  {
    facts,
    refusals,
    attachments,
  }: { facts: Acknowledged; refusals: ReadonlyMap<string, SkipReason>; attachments: readonly SentAttachments[] },
): Promise<void> {
  const progress: Progress = {
    ...{ seen: planned.length, written: 0, unchanged: 0, moved: 0, skipped: [] },
    attachmentsWritten: attachments.reduce((sum, { written }) => sum + written, 0),
    attachmentsSkipped: attachments.flatMap(({ skipped }) => skipped),
  }
  for (const one of planned) {
    const change = acknowledgement(one, facts, refusals)
    if (change) await trx.updateTable('documents').set(change.set).where('id', '=', change.id).execute()
    countIn(progress, one, lease.syncId, refusals)
  }
  const after = planned.at(-1)?.listed.externalId ?? null
  await addProgress(trx, lease.syncId, progress, { listingHash: listing.hash, after })
}

function acknowledgement(one: Planned, facts: Acknowledged, refusals: ReadonlyMap<string, SkipReason>) {
  switch (one.kind) {
    case 'unchanged':
      return one.fingerprint === one.row.fingerprint
        ? undefined
        : { id: one.row.id, set: { fingerprint: one.fingerprint } }
    case 'skipped':
      return one.ends ? { id: one.ends.id, set: { state: 'removing' as const } } : undefined
    case 'send': {
      // What is changing is looked at again, whatever its times say.
      if (refusals.get(one.documentId) === 'changed')
        return { id: one.documentId, set: { content_hash: '', pending: false, fingerprint: null } }
      const { hash, revision } = facts.get(one.documentId) ?? { hash: null, revision: null }
      const rejected = refusals.get(one.documentId) ?? null
      const fingerprint = one.content.fingerprint ?? null
      return {
        id: one.documentId,
        set: { pending: false, rejected, fingerprint, access_hash: hash, access_revision: revision },
      }
    }
  }
}

/** What was written in a try of this sync that was cut off counts as written, though it is found unchanged now. */
function countIn(progress: Progress, one: Planned, syncId: string, refusals: ReadonlyMap<string, SkipReason>): void {
  const skip = (reason: SkipReason): Skipped => ({ externalId: one.listed.externalId, reason })
  switch (one.kind) {
    case 'skipped':
      progress.skipped.push(skip(one.reason))
      return
    case 'unchanged':
      if (one.row.moved_in === syncId) progress.moved += 1
      else if (one.row.changed_in === syncId) progress.written += 1
      else progress.unchanged += 1
      return
    case 'send': {
      const refusal = refusals.get(one.documentId)
      if (refusal) progress.skipped.push(skip(refusal))
      else if (one.moved || one.row?.moved_in === syncId) progress.moved += 1
      else progress.written += 1
    }
  }
}

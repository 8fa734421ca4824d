import type { Bus } from '@tessera/shared/bus/bus'
import type { Client } from '@tessera/shared/bus/contract'
import type { accessContract } from '@tessera/shared/contracts/access-control'
import { inTransaction } from '@tessera/shared/database/database'
import { type Attachment, type retrievalContract, retrievalFaults } from '@tessera/shared/contracts/retrieval'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Kysely, Transaction } from 'kysely'
import { asDataSource } from '../callers/as-data-source.ts'
import type { ConnectorsDatabase } from '../database.ts'
import { failFromAccessWrite } from '../callers/access-faults.ts'
import { deliverAttachments, deliverRights } from '../attachments/deliver-attachments.ts'
import { endAttachments, standingAttachments } from '../attachments/attachments.store.ts'
import { putContent } from '../content/put-content.ts'
import { refusalOf } from '../content/refusals.ts'
import { bindUpload } from '../files/uploads.store.ts'
import { hashOfFacts } from '../syncs/access-facts.ts'
import { mayPass } from '../syncs/step-failed.ts'
import type { Acknowledge } from './acknowledge.ts'
import { type DocumentHold, letGo } from './document-lease.ts'
import type { PutAccess } from './put-access.ts'
import { type Delivery, pushedFacts } from './store-original.ts'

export type DeliverDeps = {
  db: Kysely<ConnectorsDatabase>
  bus: Bus
  access: Client<typeof accessContract>
  retrieval: Client<typeof retrievalContract>
  putAccess: PutAccess
  acknowledge: Acknowledge
}

const retryAfterMs = 30_000
/** What is left of a hold when nothing new is begun any more. */
const marginMs = 2000

/** Writes access, then content, then that both are there. What an outage interrupts is finished later, from the original. */
export async function deliver(deps: DeliverDeps, delivery: Delivery, hold: DocumentHold) {
  const access = await deliverAccess(deps, delivery, hold)
  if (!access.ok) {
    await interrupt(deps.db, delivery, hold, access.fault)
    return access
  }
  const content = await deliverContent(deps, delivery, access.value.revision, hold)
  const inside = content.ok ? await deliverInside(deps, delivery, content.value, hold) : content
  if (!inside.ok) {
    await interrupt(deps.db, delivery, hold, inside.fault)
    return inside
  }
  const { documentId, contentVersion, original } = delivery
  const accessHash = hashOfFacts(pushedFacts(documentId, contentVersion, original.access))
  const accessRevision = access.value.revision
  await deps.acknowledge({ documentId, token: hold.token, accessHash, accessRevision })
  const { attachments, revision } = inside.value
  return ok({ revision: Math.max(accessRevision, revision), attachments })
}

async function deliverAccess({ putAccess }: DeliverDeps, delivery: Delivery, hold: DocumentHold) {
  const { dataSourceId, workspaceId, documentId, contentVersion, original, accessDue, accessRevision } = delivery
  if (!accessDue && accessRevision !== null) return ok({ revision: accessRevision })
  const facts = pushedFacts(documentId, contentVersion, original.access)
  return putAccess({ id: dataSourceId, workspace_id: workspaceId }, { facts, untilMs: hold.untilMs - marginMs })
}

/** Answers what lies in it; nothing where the content is as it was. */
async function deliverContent(deps: DeliverDeps, delivery: Delivery, accessRevision: number, hold: DocumentHold) {
  if (!delivery.contentDue) return ok<Attachment[] | undefined>(undefined)
  const { documentId, dataSourceId, externalId, contentVersion, original } = delivery
  const { file, ...rest } = original.content
  const facts = file && { file: { sizeBytes: file.sizeBytes, sha256: file.sha256 } }
  const content = { documentId, dataSourceId, externalId, contentVersion, accessRevision, ...rest, ...facts }
  const stored = await putContent(deps.retrieval, content, callsFor(deps, delivery, hold))
  return stored.ok ? ok<Attachment[] | undefined>(stored.value.attachments) : failFromRetrieval(stored.fault)
}

const callsFor =
  ({ bus }: DeliverDeps, { dataSourceId, workspaceId }: Delivery, hold: DocumentHold) =>
  (timeoutMs: number) =>
    asDataSource(
      bus,
      { id: dataSourceId, workspace_id: workspaceId },
      { timeoutMs: Math.min(timeoutMs, hold.untilMs - Date.now() - marginMs) },
    )

/** What lies in it, under its rights: all of it anew with the content, or the rights alone. With the last revision that this made, or 0. */
async function deliverInside(
  deps: DeliverDeps,
  delivery: Delivery,
  attachments: readonly Attachment[] | undefined,
  hold: DocumentHold,
) {
  const { db } = deps
  const { documentId, contentVersion, original, known, accessDue } = delivery
  if (!known && attachments?.length === 0) return ok({ attachments: [], revision: 0 })
  const delivering = {
    parent: delivery,
    factsOf: (id: string) => pushedFacts(id, contentVersion, original.access),
    callFor: callsFor(deps, delivery, hold),
  }
  if (attachments === undefined) {
    const standing = await standingAttachments(db, documentId)
    const ids = accessDue ? standing.map((one) => one.documentId) : []
    const written = await deliverRights(deps, delivering, ids)
    return written.ok
      ? ok({ attachments: standing, revision: written.value.revision })
      : failFromDelivery(written.fault)
  }
  const { updatedAt, marks } = original.content
  const content = { ...(updatedAt !== undefined && { updatedAt }), ...(marks && { marks }) }
  const write = <T>(work: (trx: Transaction<ConnectorsDatabase>) => Promise<T>) => inTransaction(db, work)
  const delivered = await deliverAttachments(deps, { ...delivering, attachments, content, write })
  if (!delivered.ok) return failFromDelivery(delivered.fault)
  const revisions = delivered.value.flatMap((one) => ('revision' in one ? one.revision : []))
  return ok({
    revision: Math.max(0, ...revisions),
    attachments: delivered.value.toSorted(byPlace).map((one) => {
      const { externalId } = one
      const refused = 'refused' in one ? one.refused : one.rejected
      return 'refused' in one || refused !== null
        ? { externalId, refused: refused ?? '' }
        : { externalId, documentId: one.documentId }
    }),
  })
}

const byPlace = (a: { externalId: string }, b: { externalId: string }) => (a.externalId < b.externalId ? -1 : 1)

const failFromDelivery = (cause: Fault) =>
  cause.code.startsWith('access.') ? failFromAccessWrite(cause) : failFromRetrieval(cause)

/** Of content, the reason is passed on as it is. */
function failFromRetrieval(cause: Fault) {
  const refused = refusalOf(cause)
  if (refused)
    return fail(
      retrievalFaults.fault(
        refused,
        cause.code === 'bus.too-large' ? 'The content is too large to be taken in.' : cause.detail,
      ),
    )
  const { code, retryAfterMs } = cause
  if (code === 'retrieval.changed') return fail(retrievalFaults.fault('changed', cause.detail))
  if (code === 'retrieval.busy')
    return fail(retrievalFaults.fault('busy', cause.detail, retryAfterMs === undefined ? {} : { retryAfterMs }))
  return fail(retrievalFaults.fault('unavailable', `The content could not be handed on (${code}).`))
}

/** An outage leaves it to be finished later. A refusal ends it: what stood before stays, and the next push begins anew. */
async function interrupt(db: Kysely<ConnectorsDatabase>, { documentId }: Delivery, hold: DocumentHold, cause: Fault) {
  if (mayPass(cause)) return letGo(db, documentId, hold, retryAfterMs)
  await db
    .updateTable('documents')
    .set({
      pending: false,
      content_hash: '',
      access_hash: null,
      rejected: refusalOf(cause) ?? cause.code,
      lease_token: null,
      lease_until: null,
    })
    .where('id', '=', documentId)
    .where('lease_token', '=', hold.token)
    .execute()
  await db.deleteFrom('originals').where('document_id', '=', documentId).execute()
  await bindUpload(db, documentId, undefined)
  await endAttachments(db, documentId)
}
